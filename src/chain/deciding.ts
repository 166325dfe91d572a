import { ExitError, fatalLine, infoLine, UsageError, warningLine } from "../cli/failures.ts";
import type { Ids } from "../formats/access-rules.ts";
import type { Decider } from "./decision.ts";
import type { Environment } from "./environment.ts";
import type { KnownRules } from "./known-rules.ts";
import type { Link } from "./operation.ts";
import { Decline } from "./step-compiler.ts";

/** What a server needs to ask the deciders of a chain, for one connection. */
export interface Deciding {
  readonly deciders: ReadonlyMap<string, Decider>;
  readonly rules: Pick<KnownRules, "rulesIn">;
  /** The path that the socket of the connection is bound to. @throws SystemError */
  localPath(): string;
}

/** A line, byte by byte; `pid`: of the process that has the connection. */
export type Said = (pid: number) => string;

export interface Verdict {
  /** Exit code of the program that let nobody in; undefined: the chain goes on. */
  readonly refusal: number | undefined;
  readonly link: Link;
  readonly said: readonly Said[];
}

const NOTHING: Link = { operations: [], rest: [] };

/**
 * What a decider would come to in a process of its own. What it can't tell here, that process does: a defect of ours lets nobody
 * in. @throws Decline
 */
export function decideInAdvance(name: string, args: readonly string[], environment: Environment, own: Ids, { deciders, rules, localPath }: Deciding): Verdict {
  const decide = deciders.get(name);
  if (decide === undefined) throw new Decline("it needs a process");
  const said: Said[] = [];
  try {
    const decision = decide(args, {
      environment,
      own: () => own,
      accessRules: (source) => rules.rulesIn(source),
      localPath,
      inform: (text) => void said.push((pid) => infoLine(name, text(pid))),
      warn: (text) => void said.push(() => warningLine(name, text)),
    });
    if (decision.type === "goOn") return { refusal: undefined, link: decision.link, said };
    const { code, message } = decision;
    if (message !== undefined) said.push(() => fatalLine(name, message));
    return { refusal: code, link: NOTHING, said };
  } catch (error) {
    if (error instanceof ExitError) return { refusal: error.exitCode, link: NOTHING, said: [...said, () => fatalLine(name, error.message)] };
    if (error instanceof UsageError) throw new Decline("its command line is wrong", { cause: error });
    throw new Decline(`it can't be decided: ${String(error)}`, { cause: error });
  }
}
