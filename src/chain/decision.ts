import type { Sys } from "../sys/sys.ts";
import type { Environment } from "./environment.ts";
import type { Operation } from "./operation.ts";

/**
 * Programs that decide about a connection (s6-ipcserver-access, s6-connlimit): they look at their environment and at files, and
 * either let the chain go on, with changes, or end it. They can run in a process of their own, and in a server, which
 * asks them before there is any process.
 */
export interface Decider {
  /** @throws UsageError, ExitError 100 or 111 */
  decide(args: readonly string[], surroundings: Surroundings): Decision;
}

export type Decision =
  | { readonly type: "goOn"; readonly operations: readonly Operation[]; readonly rest: readonly string[] }
  /** `message`: what follows `PROG: fatal: `, where the program says something. */
  | { readonly type: "refuse"; readonly code: number; readonly message?: string };

/** What a decider may look at; nothing is changed. */
export interface Surroundings {
  readonly environment: Pick<Environment, "get">;
  readonly sys: Sys;
  /** The path that the socket of descriptor 0 is bound to, a byte per character. @throws SystemError */
  localPath(): string;
  /** The process that asks. */
  readonly pid: number;
  inform(text: string): void;
  warn(text: string): void;
}
