import { UsageError } from "../cli/failures.ts";
import { substitute } from "../execline/substitution.ts";
import { parseUint } from "../formats/uint.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import { type CodeRule, endsLoop, parseCodes } from "./codes.ts";
import { approximateCode, type Child, type ChainProcess } from "./process.ts";
import { variableName } from "./store.ts";

/** What -p means, for who starts thousands. */
const MANY = 10_000;

/** What forx, forstdin and forbacktickx have in common. */
export interface LoopRules {
  /** Its value is substituted in the words of the loop, and not in their environment. */
  readonly autoimport: boolean;
  /** How many run at a time; undefined: one after the other, and their exit codes count. */
  readonly most: number | undefined;
  readonly codes: CodeRule | undefined;
}

/** Of parseOptions, in their order; other letters are passed over. @throws UsageError */
export function parseLoop(options: readonly { readonly name: string; readonly value: string }[]): LoopRules {
  let [autoimport, most, codes]: [boolean, number | undefined, CodeRule | undefined] = [false, undefined, undefined];
  for (const { name, value } of options) {
    switch (name) {
      case "E": autoimport = true; break;
      case "e": autoimport = false; break;
      case "p": most = MANY; break;
      case "P": most = parseMost(value); break;
      case "o": codes = { codes: parseCodes(value), type: "goes on" }; break;
      case "x": codes = { codes: parseCodes(value), type: "ends" }; break;
      default: break;
    }
  }
  return { autoimport, most, codes };
}

function parseMost(text: string): number {
  const most = parseUint(text);
  if (most === undefined) throw new UsageError();
  return Math.min(Math.max(most, 1), MANY);
}

/** Runs the body of a loop for one value after the other. */
export class Loop {
  readonly #process: ChainProcess;
  readonly #rules: LoopRules;
  readonly #name: string;
  readonly #words: readonly string[];
  readonly #teller: string | undefined;
  #running: Child[] = [];
  /** How many values there were. */
  #count = 0;

  /** `teller`: in whose name a child says that it can't be executed, where that does not end the loop. @throws ExitError 100 */
  constructor(process: ChainProcess, rules: LoopRules, name: string, words: readonly string[], teller?: string) {
    this.#process = process;
    this.#rules = rules;
    this.#name = variableName(name);
    this.#words = words;
    this.#teller = teller;
  }

  get count(): number {
    return this.#count;
  }

  /** The code to exit with, where the loop ends here. @throws ExitError */
  round(value: string): number | undefined {
    const { most, codes } = this.#rules;
    this.#count++;
    if (most !== undefined) while (this.#running.length >= most) this.#waitForSome();
    const child = this.#start(value);
    if (most !== undefined) {
      if (typeof child !== "number") this.#running.push(child);
      return undefined;
    }
    const code = approximateCode(typeof child === "number" ? child : child.wait());
    return codes !== undefined && endsLoop(codes, code) ? code : undefined;
  }

  /** Waits for all that still run. */
  finish(): void {
    for (const child of this.#running) child.wait();
    this.#running = [];
  }

  #waitForSome(): void {
    const dead = this.#process.sys.pollReadable(this.#running.map(({ pidfd }) => pidfd), undefined);
    for (const child of this.#running) if (dead.includes(child.pidfd)) child.wait();
    this.#running = this.#running.filter(({ pidfd }) => !dead.includes(pidfd));
  }

  /** With autoimport execline starts `importas -uSi -- NAME WORDS...`: what that would do is done here. */
  #start(value: string): Child | WaitStatus {
    const environment = this.#process.environment.copy();
    environment.set(this.#name, this.#rules.autoimport ? undefined : value);
    if (this.#rules.autoimport) return this.#process.spawnOrTell("importas", substitute(this.#words, new Map([[this.#name, [value]]])), { environment });
    if (this.#teller !== undefined) return this.#process.spawnOrTell(this.#teller, this.#words, { environment });
    return this.#process.spawnOrFail(this.#words, { environment });
  }
}
