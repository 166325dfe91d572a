import { type Compilation, compileChain } from "../chain/compile.ts";
import { scriptPrograms } from "../chain/script-programs.ts";
import type { Link, Parse } from "../chain/operation.ts";
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
  /** undefined: the interpreter is none of ours. */
  readonly head: { readonly interpreter: string; readonly words: readonly string[] } | undefined;
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
   * What the script comes to if it is started now with these arguments; undefined: it is to be executed as it is. `argv[0]`
   * is the path that the interpreter gets.
   */
  compile(argv: readonly string[]): Compilation | undefined {
    try {
      if (exists(AT_FDCWD, `.s6-svscan/${REFUSAL}`) || exists(this.#dirFd, REFUSAL)) return undefined;
      const { head, programs, parsed } = this.#current(argv[0] ?? "");
      const program = head === undefined ? undefined : ownProgramAt(head.interpreter);
      if (head === undefined || program === undefined) return undefined;
      const words = [...head.words, ...argv.map(byteString)];
      const compilation = compileChain(program, words, { sys, dirFd: this.#dirFd, environment: environment(), programs, parsed });
      return compilation.links.length > 0 ? compilation : undefined;
    } catch (error) {
      if (error instanceof SystemError) return undefined; // its interpreter will say what is the matter
      throw error;
    }
  }

  #current(path: string): Script {
    const stamp = stampOf(this.#dirFd, this.#file);
    if (this.#script === undefined || stamp === undefined || stamp !== this.#script.stamp) this.#script = this.#read(path, stamp);
    return this.#script;
  }

  #read(path: string, stamp: string | undefined): Script {
    const content = isExecutable(this.#dirFd, this.#file) ? readFileAt(this.#dirFd, this.#file, MOST_BYTES + 1) : undefined;
    const text = content === undefined || content.length > MOST_BYTES ? undefined : Buffer.from(content).toString("latin1");
    const parsed = content === undefined ? undefined : parseExecutable(content);
    const isScript = text !== undefined && parsed?.kind === "script" && parsed.interpreter.startsWith("/");
    return {
      stamp,
      head: isScript ? { interpreter: parsed.interpreter, words: [parsed.interpreter, ...(parsed.argument === "" ? [] : [parsed.argument])] } : undefined,
      programs: scriptPrograms(byteString(path), text ?? ""),
      parsed: new Map(),
    };
  }
}
