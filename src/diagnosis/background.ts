import { type Hint, hintOf } from "./hint.ts";

/** A run that ended by itself, and the processes without a parent that its supervisor has become the parent of. */
export interface EndedRun {
  readonly pid: number;
  readonly livedMs: number;
  readonly wasReady: boolean;
  /** Text of ./run, as far as it was read. */
  readonly script: string;
  readonly orphans: readonly Orphan[];
}

export interface Orphan {
  readonly pid: number;
  /** As ps shows it: 15 bytes at most. */
  readonly name: string;
  readonly session: number;
  readonly ageMs: number;
}

/** A run that became ready, or lived long, was no daemon on its way to the background. */
export const isAtOnce = ({ livedMs, wasReady }: Pick<EndedRun, "livedMs" | "wasReady">): boolean => !wasReady && livedMs <= AT_ONCE_MS;

/** Longer than a daemon takes to go into the background, shorter than the life of a service. */
const AT_ONCE_MS = 10_000;
/** The clocks of processes tick in hundredths of a second. */
const SLACK_MS = 50;

/** A daemon that put itself into the background: nobody supervises it, and run will be started over and over. */
export function hintForBackground(run: EndedRun): Hint | undefined {
  if (!isAtOnce(run)) return undefined;
  const daemon = run.orphans.find((orphan) => orphan.session === run.pid) ?? run.orphans.find((orphan) => isOf(run, orphan));
  if (daemon === undefined) return undefined;
  const { name, pid } = daemon;
  const who = name === "run" ? "a process" : name; // it is about to become another program
  const text = `run exited 0 at once and left ${who} (pid ${pid}) behind, which is not supervised: a daemon must stay in the` +
    " foreground (see its options), or name the file that it writes its pid to in ./pidfile";
  return hintOf("background", text, "background"); // whoever it is the next time
}

/** It has left its session; but it was born while run lived, and run speaks of it. */
function isOf({ livedMs, script }: EndedRun, { name, ageMs }: Orphan): boolean {
  if (ageMs > livedMs + SLACK_MS) return false;
  const words = script.split(/[^\w.+-]+/);
  return words.includes(name) || (name.length === NAME_BYTES && words.some((word) => word.startsWith(name)));
}
const NAME_BYTES = 15;
