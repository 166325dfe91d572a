import type { ResourceName } from "../sys/limits.ts";

/**
 * What chain-loading programs do to the state that their program finds, as data: environment, ids, limits, session, locks.
 * A description has no effect and has read nothing: whoever applies it reads the directory, the database or the variables
 * that it names, at the moment when the program would.
 */
export type Operation =
  | { readonly type: "import"; readonly directory: string; readonly rules: ImportRules }
  | { readonly type: "account"; readonly account: string; readonly rules: AccountRules }
  | { readonly type: "credentials"; readonly options: readonly IdOption[] }
  | { readonly type: "unset"; readonly names: readonly string[] }
  | { readonly type: "limit"; readonly resources: readonly ResourceName[]; readonly mode: LimitMode; readonly value: bigint | "most" }
  | { readonly type: "session"; readonly rules: SessionRules }
  | { readonly type: "lock"; readonly file: string; readonly rules: LockRules };

/** One program of a chain. */
export interface Link {
  readonly operations: readonly Operation[];
  /** The next program, and its arguments. */
  readonly rest: readonly string[];
}

/** A directory of files that are named after variables and hold their values. */
export interface ImportRules {
  /** One that does not exist changes nothing. */
  readonly mayBeMissing: boolean;
  /** Blanks at the end of the line, or the last newline of a whole file, are no part of the value. */
  readonly chomp: boolean;
  /** The whole file, not its first line. */
  readonly verbatim: boolean;
  readonly limited: boolean;
  /** What stands for a NUL: its first byte. */
  readonly nullText: string;
}

export interface AccountRules {
  /** "list": a user, with UID, GID and GIDLIST. "both": user:group. */
  readonly mode: "list" | "user" | "group" | "both";
  /** A name that is unknown may be a number. */
  readonly numeric: boolean;
  /** For names that are unknown; undefined: that is an error. */
  readonly otherwise: AccountIds | undefined;
}

export interface AccountIds {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** In the order given: a later one overrides. U reads UID, GID and GIDLIST of the environment. */
export interface IdOption {
  readonly name: "u" | "g" | "G" | "U";
  readonly value: string;
}

/** "soft": up to the hard limit. "most": what the mode allows at most. */
export type LimitMode = "soft" | "hard" | "both";

export interface SessionRules {
  /** A process group of its own, in the same session. */
  readonly group: boolean;
  /** That of the terminal. */
  readonly foreground: boolean;
  /** Even from the background. */
  readonly grab: boolean;
  readonly onFailure: "exit" | "warn" | "ignore";
  /** A descriptor; undefined: /dev/tty. */
  readonly terminal: number | undefined;
}

export interface LockRules {
  readonly isShared: boolean;
  /** 0: not at all; undefined: without limit. */
  readonly waitMs: number | undefined;
  /** The number of the descriptor; undefined: the lowest that is free. */
  readonly fd: number | undefined;
}
