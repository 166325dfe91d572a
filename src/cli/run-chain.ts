import { FAILED_EXEC } from "../chain/compile.ts";
import { errorCode, SystemError } from "../sys/system-error.ts";
import { launch } from "../sys/launch.ts";
import { ownWords, runChainOn } from "./chain.ts";
import { CHAIN_PROGRAMS } from "./chain-programs.ts";
import { ExitError } from "./failures.ts";
import { type Program, runProgram } from "./program.ts";

/** Runs a program of a chain, and whatever of ours comes behind it, on this process. */
export function runChain(name: string): never {
  if (launch.argv0 === FAILED_EXEC) return runProgram(failedExec(ownWords()));
  const program = CHAIN_PROGRAMS.get(name);
  if (program === undefined) throw new Error(`${name} is no program of a chain`);
  return runProgram({ ...program, main: (context) => runChainOn(program, CHAIN_PROGRAMS, { ...context, args: ownWords() }) });
}

/** A compiled chain has no voice: this says for its last link that the program behind it can't be executed. */
function failedExec([code = "", by = "", file = ""]: readonly string[]): Program {
  const error = new SystemError("exec", file, errorCode(Number(code)));
  return {
    name: by, synopsis: "", help: "",
    main() {
      throw new ExitError(error.code === "ENOENT" ? 127 : 126, `unable to exec ${file}: ${error.reason}`);
    },
  };
}
