import type { ValueRules } from "../execline/value.ts";
import type { BindRules } from "../sys/bound-socket.ts";
import type { ResourceName } from "../sys/limits.ts";

/**
 * What chain-loading programs do to the state that their program finds, as data: environment, ids, limits, session, locks,
 * descriptors. A description has no effect and has read nothing: whoever applies it reads the directory, the database or
 * the variables that it names, at the moment when the program would. All texts are byte strings (formats/bytes.ts).
 */
export type Operation =
  // -- environment
  /** undefined removes the variable. */
  | { readonly type: "set"; readonly variables: readonly (readonly [name: string, value: string | undefined])[] }
  | { readonly type: "clear"; readonly keep: readonly string[] }
  /** `positional`: names that begin with a digit or #. `own`: all of execline's. */
  | { readonly type: "stack"; readonly action: "push" | "pop" | "drop"; readonly which: "positional" | "elgetopt" | "own" }
  /** Of the positional variables. */
  | { readonly type: "shift"; readonly words: number; readonly blocks: number }
  | { readonly type: "getopt"; readonly optstring: string; readonly flagValue: string }
  | { readonly type: "envfile"; readonly file: string; readonly mayBeMissing: boolean }
  | { readonly type: "import"; readonly directory: string; readonly rules: ImportRules }
  | { readonly type: "account"; readonly account: string; readonly rules: AccountRules }
  | { readonly type: "credentials"; readonly options: readonly IdOption[] }
  | { readonly type: "limit"; readonly resources: readonly ResourceName[]; readonly mode: LimitMode; readonly value: bigint | "most" }
  | { readonly type: "session"; readonly rules: SessionRules }
  // -- the rest
  | { readonly type: "lock"; readonly file: string; readonly rules: LockRules }
  | { readonly type: "directory"; readonly path: string }
  | { readonly type: "umask"; readonly mask: number }
  // -- descriptors
  /** In place of stdin. */
  | { readonly type: "socket"; readonly path: string; readonly rules: SocketRules }
  /** `copy`: `from` stays open. */
  | { readonly type: "move"; readonly to: number; readonly from: number; readonly copy: boolean }
  | { readonly type: "close"; readonly fd: number }
  | { readonly type: "swap"; readonly fds: readonly [number, number] }
  | { readonly type: "block"; readonly fd: number; readonly nonblocking: boolean }
  /** `fd`: a number; or any, which is told in a variable. */
  | { readonly type: "redirect"; readonly fd: number | { readonly variable: string }; readonly file: string; readonly rules: RedirectRules }
  | { readonly type: "pipe"; readonly readEnd: number; readonly writeEnd: number }
  /** A connection, with two numbers. */
  | { readonly type: "connect"; readonly path: string; readonly rules: ConnectRules };

/** One program of a chain. */
export interface Link {
  readonly operations: readonly Operation[];
  /** The next program, and its arguments. */
  readonly rest: readonly string[];
  /** Made in `rest` behind the operations. Nothing left of it: the process exits 0. */
  readonly substitution?: readonly Source[];
  /** What argv[0] of the next program is to be: `name`, or its own; with a dash in front for a login shell. */
  readonly argv0?: { readonly name: string | undefined; readonly isLogin: boolean };
  /** The next program is that of this package, whatever PATH has. */
  readonly isOwn?: boolean;
  /** Said, whatever comes of it. */
  readonly warnings?: readonly string[];
}

/** Reads a command line; `strict` is $EXECLINE_STRICT. @throws UsageError, ExitError */
export type Parse = (args: readonly string[], strict: string | undefined) => Link;

/** Where the words of a substitution come from (execline documentation, el_substitute). */
export type Source =
  | { readonly type: "value"; readonly key: string; readonly value: string; readonly rules: ValueRules }
  | { readonly type: "values"; readonly keys: readonly string[]; readonly value: string; readonly rules: DistributionRules }
  | { readonly type: "variable"; readonly key: string; readonly name: string; readonly rules: VariableRules }
  /** Those of the environment; `least` as in execlineb -S. */
  | { readonly type: "positionals"; readonly least: number }
  /** These, of which $@ lacks the first `shifted`. */
  | { readonly type: "arguments"; readonly name: string; readonly args: readonly string[]; readonly least: number; readonly shifted: number }
  | { readonly type: "glob"; readonly key: string; readonly pattern: string; readonly rules: GlobRules }
  /** One of multisubstitute's, with its name in messages. */
  | { readonly type: "directive"; readonly name: string; readonly source: Source }
  /** A directive that is wrong: those before it come first. */
  | { readonly type: "failure"; readonly error: { readonly exitCode: number; readonly message: string } };

/** How the words of a value are given to several keys. */
export interface DistributionRules extends ValueRules {
  /** Keys for which there is no word have none; else the empty one. */
  readonly mayBeNothing: boolean;
  /** The last key gets all that are left. */
  readonly lastTakesRest: boolean;
}

export interface VariableRules extends ValueRules {
  /** When it is not set: an error, no word at all, or this value. */
  readonly otherwise: "error" | "nothing" | { readonly value: string };
  /** The next program does not have it. */
  readonly unset: boolean;
}

export interface GlobRules {
  readonly isVerbose: boolean;
  readonly failsOnError: boolean;
  readonly isSorted: boolean;
  readonly marksDirectories: boolean;
  readonly hasEscapes: boolean;
  readonly mayBeNothing: boolean;
  /** One word, joined by it; "" makes netstrings. */
  readonly delimiter: string | undefined;
  readonly endsWithDelimiter: boolean;
}

/** A socket of the Unix domain that is bound to a path. */
export interface SocketRules extends BindRules {
  readonly isDatagram: boolean;
  readonly nonblocking: boolean;
  /** How many may wait to be accepted; 0: nobody listens. */
  readonly backlog: number;
}

export interface RedirectRules {
  readonly access: "read" | "write" | "both";
  readonly creates: boolean;
  readonly truncates: boolean;
  readonly appends: boolean;
  /** It must not exist yet. */
  readonly isExclusive: boolean;
  /** The open itself does not wait. */
  readonly nonblocking: boolean;
  /** Afterwards it blocks if it did not, and the other way round. */
  readonly changesBlocking: boolean;
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

export interface ConnectRules {
  /** What our end is bound to; undefined: nothing. */
  readonly from: string | undefined;
  /** $IPCLOCALPATH; undefined: what it is bound to. */
  readonly localName: string | undefined;
  /** It says that it has connected. */
  readonly isVerbose: boolean;
}

export interface LockRules {
  readonly isShared: boolean;
  /** 0: not at all; undefined: without limit. */
  readonly waitMs: number | undefined;
  /** The number of the descriptor; undefined: the lowest that is free. */
  readonly fd: number | undefined;
}
