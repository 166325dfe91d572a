import { ExitError, unableTo, UsageError } from "../cli/failures.ts";
import { parseFor, loopOver } from "./forstdin.ts";
import { linesOf } from "./lines.ts";
import { Loop } from "./loop.ts";
import { type ChainProcess, exits, type Next } from "./process.ts";

/**
 * forbacktickx [ options of forstdin ] VAR { GENERATOR... } LOOP...: execline's is a chain, pipeline { GENERATOR... } unexport !
 * forstdin VAR fdmove 0 STDIN LOOP..., and its messages are those of its parts.
 */
export function runForbacktickx(args: readonly string[], process: ChainProcess): Next {
  const { rules, lines, operands: [name = "", ...more] } = parseFor(args);
  if (name === "" || more.length === 0) throw new UsageError();
  const { words: generator, rest } = process.block(more);
  if (generator.length === 0) throw new ExitError(100, "empty block");
  if (rest.length === 0) throw new UsageError();

  const { sys } = process;
  const [readEnd, writeEnd] = unableTo("create pipe", () => sys.pipe());
  const generated = nameOfPart("pipeline", process, () => process.spawnOrFail(generator, { moves: new Map([[1, writeEnd]]) }));
  if (typeof generated === "number") return exits(generated);
  sys.closeFd(writeEnd);
  process.environment.set("!", undefined);
  const code = nameOfPart("forstdin", process, () => ({ code: loopOver(linesOf(sys, readEnd, lines), new Loop(process, rules, name, rest, "fdmove")) }));
  return exits(typeof code === "number" ? code : code.code);
}

/** What `action` answers, or the exit code of a failure that is told as that of `part`. */
function nameOfPart<T extends object>(part: string, process: ChainProcess, action: () => T): T | number {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    process.fatalOf(part, error.message);
    return error.exitCode;
  }
}
