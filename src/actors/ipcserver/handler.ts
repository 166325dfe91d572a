import { compileChild } from "../../chain/compile.ts";
import { Dependencies } from "../../chain/dependencies.ts";
import { knownAccounts } from "../../chain/known-accounts.ts";
import type { Link } from "../../chain/operation.ts";
import { COMPILED_PROGRAMS } from "../../chain/script-programs.ts";
import { monotonicMs } from "../../sys/clock.ts";
import type { CompiledChain } from "../../sys/compiled-chain.ts";
import * as sys from "../../sys/real-sys.ts";

/** What tells one connection from another: the chain that becomes of both is the same. */
export interface Caller {
  /** undefined: nobody has asked. */
  readonly who: { readonly uid: number; readonly gid: number; readonly count: number } | undefined;
  /** The path that it has bound, a byte per character. */
  readonly path: string;
}

/** What is started for a connection; or it is refused, with whole lines for stderr. */
export type Fate =
  | { readonly type: "chain"; readonly chain: CompiledChain }
  | { readonly type: "refused"; readonly code: number; readonly lines: string };

export interface HandlerSetting {
  /** Byte strings; at least one. */
  readonly argv: readonly string[];
  /** NAME=VALUE. */
  readonly environment: readonly string[];
  /** What relative paths begin at. */
  readonly dirFd: number;
}

interface Known {
  readonly fate: Fate;
  readonly files: Dependencies;
}

const SYS = { ...sys, ...knownAccounts(sys) };
const PROTO = "IPC";
/** Those that a connection has, or must not have. */
const VARIABLES = ["PROTO", `${PROTO}REMOTEEUID`, `${PROTO}REMOTEEGID`, `${PROTO}REMOTEPATH`, `${PROTO}CONNNUM`] as const;
/** Clients come back, and their numbers with them; paths may be others every time. */
const MOST_KNOWN = 512;
/** A change that is as young as that is told by no stamp (native/src/digest.cc: 50 ms). */
const TELLING_MS = 40;

/** The program behind a server: what it comes to is worked out again only when anything has changed that it depends on. */
export class Handler {
  readonly #setting: HandlerSetting;
  /** What all connections have. */
  readonly #environment: readonly string[];
  readonly #path: string | undefined;
  readonly #known = new Map<string, Known>();
  readonly #parsed = new Map<string, Link>();

  constructor(setting: HandlerSetting) {
    this.#setting = setting;
    this.#environment = setting.environment.filter((entry) => !VARIABLES.some((name) => entry.startsWith(`${name}=`)));
    this.#path = this.#environment.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length);
  }

  /** What becomes of a connection that begins now. */
  fateOf({ who, path }: Caller): Fate {
    const key = who === undefined ? path : `${who.uid}:${who.gid}:${who.count}:${path}`;
    const known = this.#known.get(key);
    if (known?.files.areTheSame() === true) return known.fate;
    const files = new Dependencies(this.#setting.dirFd);
    const fromMs = monotonicMs();
    const fate = this.#work(variablesOf(who, path), files);
    if (monotonicMs() - fromMs < TELLING_MS) files.seal();
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, { fate, files });
    return fate;
  }

  #work(variables: readonly string[], files: Dependencies): Fate {
    const { argv, dirFd } = this.#setting;
    const environment = [...this.#environment, ...variables];
    const chain = compileChild(argv, this.#path, false, { sys: files.noting(SYS), dirFd, environment, programs: COMPILED_PROGRAMS, parsed: this.#parsed });
    return { type: "chain", chain };
  }
}

function variablesOf(who: Caller["who"], path: string): readonly string[] {
  const ids = who === undefined ? [] : [`${PROTO}REMOTEEUID=${who.uid}`, `${PROTO}REMOTEEGID=${who.gid}`];
  return [`PROTO=${PROTO}`, ...ids, `${PROTO}CONNNUM=${who === undefined ? "" : who.count}`, `${PROTO}REMOTEPATH=${path}`];
}
