import type { Script } from "../../machines/log/script.ts";
import type { LineRegex } from "../../sys/regex.ts";

/** A logger's command line (s6 documentation, s6-log). */
export interface LogOptions {
  readonly script: Script<LineRegex>;
  readonly notificationFd: number | undefined;
  /** 0 = none, 1 = warnings. */
  readonly verbosity: number;
  /** Nothing is read while anything waits to be written. */
  readonly blocks: boolean;
  readonly ignoresTerm: boolean;
  /** Longest line, 0 = no limit. */
  readonly lineLimit: number;
  /** How long the end of a partial line is waited for when it is to stop; undefined = for ever. */
  readonly partialMs: number | undefined;
}
