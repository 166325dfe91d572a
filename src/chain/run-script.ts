import { type Compilation, compileChain } from "./compile.ts";
import { scriptPrograms } from "./script-programs.ts";
import type { Link, Parse } from "./operation.ts";
import { byteString } from "../formats/bytes.ts";
import { parseExecutable } from "../formats/executable.ts";
import { stampOf } from "../sys/definition.ts";
import { SystemError } from "../sys/errors.ts";
import { AT_FDCWD, exists, isExecutable, readFileAt } from "../sys/files.ts";
import { environment } from "../sys/launch.ts";
import { ownProgramAt } from "../sys/own-program.ts";
import * as sys from "../sys/real-sys.ts";

/** In a service directory, or for a whole tree in .s6-svscan: scripts are executed as they are. */
const REFUSAL = "flag-no-compile";
/** A script that has more is not read. */
const MOST_BYTES = 65_536;

interface Script {
  readonly stamp: string | undefined;
  /** Or why there is none. */
  readonly head: { readonly interpreter: string; readonly words: readonly string[] } | string;
  readonly programs: ReadonlyMap<string, Parse>;
  readonly parsed: Map<string, Link>;
}

/** A script of a service, run or finish: read when it is started, and again only when it has changed. */
export class RunScript {
  readonly #dirFd: number;
  readonly #file: string;
  #script: Script | undefined;

  constructor(dirFd: number, file: string) {
    this.#dirFd = dirFd;
    this.#file = file;
  }

  /**
   * What the script comes to if it is started now with these arguments, or why it is executed as it is. `argv[0]` is the path
   * that the interpreter gets.
   */
  compile(argv: readonly string[]): Compilation | string {
    try {
      if (exists(AT_FDCWD, `.s6-svscan/${REFUSAL}`)) return `.s6-svscan/${REFUSAL} exists`;
      if (exists(this.#dirFd, REFUSAL)) return `${REFUSAL} exists`;
      const script = this.#current(argv[0] ?? "");
      if (typeof script.head === "string") return script.head;
      const program = ownProgramAt(script.head.interpreter);
      if (program === undefined) return `${script.head.interpreter} is no program of this package`;
      const words = [...script.head.words, ...argv.map(byteString)];
      const { programs, parsed } = script;
      const compilation = compileChain(program, words, { sys, dirFd: this.#dirFd, environment: environment(), programs, parsed });
      return compilation.links.length > 0 ? compilation : (compilation.reason ?? "");
    } catch (error) {
      if (error instanceof SystemError) return error.message; // whoever executes it says more
      throw error;
    }
  }

  #current(path: string): Script {
    const stamp = stampOf(this.#dirFd, this.#file);
    if (this.#script === undefined || stamp === undefined || stamp !== this.#script.stamp) this.#script = this.#read(path, stamp);
    return this.#script;
  }

  #read(path: string, stamp: string | undefined): Script {
    const content = readFileAt(this.#dirFd, this.#file, MOST_BYTES + 1);
    const text = content === undefined ? "" : Buffer.from(content).toString("latin1");
    return { stamp, head: this.#head(content), programs: scriptPrograms({ file: byteString(path), text }), parsed: new Map() };
  }

  #head(content: Uint8Array | undefined): Script["head"] {
    if (content === undefined) return "there is none";
    if (!isExecutable(this.#dirFd, this.#file)) return "it can't be executed";
    if (content.length > MOST_BYTES) return "it is too long";
    const parsed = parseExecutable(content);
    if (parsed.kind !== "script" || !parsed.interpreter.startsWith("/")) return "it is no script with an interpreter";
    const { interpreter, argument } = parsed;
    return { interpreter, words: [interpreter, ...(argument === "" ? [] : [argument])] };
  }
}
