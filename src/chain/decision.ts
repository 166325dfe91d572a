import type { Ids } from "../formats/access-rules.ts";
import type { AccessRules, RuleSource } from "./access-rules.ts";
import type { Environment } from "./environment.ts";
import type { Link } from "./operation.ts";

/**
 * A program that decides about a connection (s6-ipcserver-access, s6-connlimit): it looks at its environment and at rules, and
 * either lets the chain go on, with changes, or ends it. It can run in a process of its own (`runDecider`), and in a server, which
 * asks it before there is any process (`Deciding` in compile.ts).
 */
export type Decider = (args: readonly string[], surroundings: Surroundings) => Decision;

export type Decision =
  | { readonly type: "goOn"; readonly link: Link }
  /** `message`: what follows `PROG: fatal: `, where the program says something. */
  | { readonly type: "refuse"; readonly code: number; readonly message?: string };

/** What a decider may look at; nothing is changed. */
export interface Surroundings {
  readonly environment: Pick<Environment, "get">;
  /** The effective ids of whoever decides. */
  own(): Ids;
  /** @throws SystemError */
  accessRules(source: RuleSource): AccessRules;
  /** The path that the socket of descriptor 0 is bound to, a byte per character. @throws SystemError */
  localPath(): string;
  /** `pid`: of the process that has the connection; in a server that is known later. */
  inform(text: (pid: number) => string): void;
  warn(text: string): void;
}
