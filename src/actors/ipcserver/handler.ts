import { compileConnection } from "../../chain/compile.ts";
import type { RuleSource } from "../../chain/access-rules.ts";
import { DECIDERS } from "../../chain/decider-programs.ts";
import type { Said } from "../../chain/deciding.ts";
import { Dependencies } from "../../chain/dependencies.ts";
import { knownAccounts } from "../../chain/known-accounts.ts";
import { KnownRules } from "../../chain/known-rules.ts";
import type { Link } from "../../chain/operation.ts";
import { COMPILED_PROGRAMS } from "../../chain/script-programs.ts";
import type { CompiledChain } from "../../sys/compiled-chain.ts";
import * as sys from "../../sys/real-sys.ts";

/** What tells one connection from another: the chain that becomes of both is the same. */
export interface Caller {
  /** undefined: nobody has asked. */
  readonly who: { readonly uid: number; readonly gid: number; readonly count: number } | undefined;
  /** The path that it has bound, a byte per character. */
  readonly path: string;
}

/** What is started for a connection; or a program of the chain lets nobody in. */
export interface Fate {
  /** undefined: it is refused. */
  readonly chain: CompiledChain | undefined;
  /** What programs of the chain have to say. */
  readonly said: readonly Said[];
}

export interface HandlerSetting {
  /** The program behind the server: byte strings; at least one. */
  readonly argv: readonly string[];
  /** NAME=VALUE. */
  readonly environment: readonly string[];
  /** What relative paths begin at. */
  readonly dirFd: number;
  /** The path that clients connect to, a byte per character. @throws SystemError */
  localPath(): string;
}

interface Known {
  readonly files: Dependencies;
  /** Worked out when these had been looked at already, so that no change in between is missed. */
  fate: Fate | undefined;
}

const SYS = { ...sys, ...knownAccounts(sys) };
const PROTO = "IPC";
/** Those that a connection has, or must not have. */
const VARIABLES = ["PROTO", `${PROTO}REMOTEEUID`, `${PROTO}REMOTEEGID`, `${PROTO}REMOTEPATH`, `${PROTO}CONNNUM`] as const;
/** Clients come back, and their numbers with them; paths may be others every time. */
const MOST_KNOWN = 512;

/**
 * The program behind a server. What it comes to for a client, and whether that is let in, is worked out again only when anything
 * has changed that it depends on: the rules of s6-ipcserver-access, too, are only asked what stat tells of them.
 */
export class Handler {
  readonly #setting: HandlerSetting;
  /** What all connections have. */
  readonly #environment: readonly string[];
  readonly #path: string | undefined;
  readonly #known = new Map<string, Known>();
  readonly #parsed = new Map<string, Link>();
  readonly #rules: KnownRules;

  constructor(setting: HandlerSetting) {
    this.#setting = setting;
    this.#environment = setting.environment.filter((entry) => !VARIABLES.some((name) => entry.startsWith(`${name}=`)));
    this.#rules = new KnownRules(setting.dirFd);
    this.#path = this.#environment.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length);
  }

  /** What becomes of a connection that begins now. */
  fateOf({ who, path }: Caller): Fate {
    const key = who === undefined ? path : `${who.uid}:${who.gid}:${who.count}:${path}`;
    const known = this.#known.get(key);
    const isSame = known?.files.areTheSame() === true;
    if (isSame && known.fate !== undefined) return known.fate;
    const files = new Dependencies(this.#setting.dirFd);
    const fate = this.#work(variablesOf(who, path), files);
    if (isSame && known.files.covers(files) && known.files.areTheSame()) known.fate = fate;
    else this.#note(key, files);
    return fate;
  }

  #note(key: string, files: Dependencies): void {
    files.seal();
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, { files, fate: undefined });
  }

  #work(variables: readonly string[], files: Dependencies): Fate {
    const { argv, dirFd, localPath } = this.#setting;
    const environment = [...this.#environment, ...variables];
    const rules = { rulesIn: (source: RuleSource) => this.#rules.rulesIn(source, (path) => files.add(path)) };
    const { chain, said, refusal } = compileConnection(argv, this.#path, false, {
      sys: files.noting(SYS), dirFd, environment, programs: COMPILED_PROGRAMS, parsed: this.#parsed, deciding: { deciders: DECIDERS, rules, localPath },
    });
    return { chain: refusal === undefined ? chain : undefined, said };
  }
}

function variablesOf(who: Caller["who"], path: string): readonly string[] {
  const ids = who === undefined ? [] : [`${PROTO}REMOTEEUID=${who.uid}`, `${PROTO}REMOTEEGID=${who.gid}`];
  return [`PROTO=${PROTO}`, ...ids, `${PROTO}CONNNUM=${who === undefined ? "" : who.count}`, `${PROTO}REMOTEPATH=${path}`];
}
