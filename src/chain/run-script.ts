import { type Compilation, compileChain } from "./compile.ts";
import { Dependencies } from "./dependencies.ts";
import { scriptPrograms } from "./script-programs.ts";
import { Environment } from "./environment.ts";
import { knownAccounts } from "./known-accounts.ts";
import type { Link, Parse } from "./operation.ts";
import { byteString } from "../formats/bytes.ts";
import { parseExecutable } from "../formats/executable.ts";
import { SystemError } from "../sys/errors.ts";
import { monotonicMs } from "../sys/clock.ts";
import { AT_FDCWD, exists, isExecutable, readFileAt } from "../sys/files.ts";
import { environment } from "../sys/launch.ts";
import { ownProgramAt } from "../sys/own-program.ts";
import * as sys from "../sys/real-sys.ts";

/** In a service directory, or for a whole tree in .s6-svscan: scripts are executed as they are. */
const REFUSAL = "flag-no-compile";
/** Every thread of a tree works in the scan directory. */
const TREE_REFUSAL = `/proc/self/cwd/.s6-svscan/${REFUSAL}`;
/** A script that has more is not read. */
const MOST_BYTES = 65_536;

/** What env does nothing to but execute it (actors/env-shebang.ts has the form without -S). */
const ENV_COMMAND = /^(?:-S[ \t]*)?([\w.][\w.-]*(?:[ \t]+[\w./:@%,+-]+)*)$/;
const SYS = { ...sys, ...knownAccounts(sys) };
/** A change that is as young as that is told by no stamp (native/src/digest.cc: 50 ms). */
const TELLING_MS = 40;

/** The interpreter is a file, or for env the name of a program. */
interface Head {
  readonly interpreter: string;
  readonly words: readonly string[];
}

interface Script {
  /** Or why it is executed as it is. */
  readonly head: Head | string;
  readonly programs: ReadonlyMap<string, Parse>;
  readonly parsed: Map<string, Link>;
  readonly files: Dependencies;
}

interface Result {
  readonly argv: string;
  readonly environment: readonly string[];
  readonly files: Dependencies;
  readonly outcome: Compilation | string;
}

/**
 * A script of a service, run or finish. It is read when it is started, and again only when it has changed; what it comes to
 * is worked out again when anything has changed that it depends on.
 */
export class RunScript {
  readonly #dirFd: number;
  readonly #file: string;
  #script: Script | undefined;
  #result: Result | undefined;

  constructor(dirFd: number, file: string) {
    this.#dirFd = dirFd;
    this.#file = file;
  }

  /**
   * What the script comes to if it is started now with these arguments, or why it is executed as it is. `argv[0]` is the path
   * that the interpreter gets.
   */
  compile(argv: readonly string[]): Compilation | string {
    const key = argv.join("\0");
    const base = environment();
    const last = this.#result;
    if (last?.argv === key && last.environment === base && last.files.areTheSame()) return last.outcome;
    const files = new Dependencies(this.#dirFd);
    const fromMs = monotonicMs();
    const outcome = this.#work(argv, base, files);
    // A file that was changed since it was read would be taken for the one that was read.
    // Nor is it worth while for a service that is started once.
    if (last !== undefined && monotonicMs() - fromMs < TELLING_MS) files.seal();
    this.#result = { argv: key, environment: base, files, outcome };
    return outcome;
  }

  #work(argv: readonly string[], base: readonly string[], files: Dependencies): Compilation | string {
    try {
      files.add(TREE_REFUSAL, REFUSAL, this.#file);
      if (exists(AT_FDCWD, TREE_REFUSAL)) return `.s6-svscan/${REFUSAL} exists`;
      if (exists(this.#dirFd, REFUSAL)) return `${REFUSAL} exists`;
      const { head, programs, parsed } = this.#current(argv[0] ?? "");
      if (typeof head === "string") return head;
      const program = this.#program(head.interpreter, base, files);
      if (program === undefined) return `${head.interpreter} is no program of this package`;
      const words = [...head.words, ...argv.map(byteString)];
      const compilation = compileChain(program, words, { sys: files.noting(SYS), dirFd: this.#dirFd, environment: base, programs, parsed });
      return compilation.links.length > 0 ? compilation : (compilation.reason ?? "");
    } catch (error) {
      if (error instanceof SystemError) return error.message; // whoever executes it says more
      throw error;
    }
  }

  /** Which of ours the interpreter is. */
  #program(interpreter: string, base: readonly string[], files: Dependencies): string | undefined {
    if (interpreter.includes("/")) {
      files.add(interpreter);
      return ownProgramAt(interpreter);
    }
    const path = new Environment(base).get("PATH");
    return files.noting(SYS).ownProgramFor(interpreter, path, this.#dirFd);
  }

  #current(path: string): Script {
    if (this.#script?.files.areTheSame() !== true) this.#script = this.#read(path);
    return this.#script;
  }

  #read(path: string): Script {
    const files = new Dependencies(this.#dirFd);
    files.add(this.#file);
    files.seal();
    const content = readFileAt(this.#dirFd, this.#file, MOST_BYTES + 1);
    const text = content === undefined ? "" : Buffer.from(content).toString("latin1");
    return { head: this.#head(content), programs: scriptPrograms({ file: byteString(path), text }), parsed: new Map(), files };
  }

  #head(content: Uint8Array | undefined): Script["head"] {
    if (content === undefined) return "there is none";
    if (!isExecutable(this.#dirFd, this.#file)) return "it can't be executed";
    if (content.length > MOST_BYTES) return "it is too long";
    const parsed = parseExecutable(content);
    if (parsed.kind !== "script" || !parsed.interpreter.startsWith("/")) return "it is no script with an interpreter";
    const { interpreter, argument } = parsed;
    const [, command] = interpreter.endsWith("/env") ? (ENV_COMMAND.exec(argument) ?? []) : [];
    if (command !== undefined) return { interpreter: command.split(/[ \t]+/)[0] ?? "", words: command.split(/[ \t]+/) };
    return { interpreter, words: [interpreter, ...(argument === "" ? [] : [argument])] };
  }
}
