import { ownWords, runChainOn } from "./chain.ts";
import { CHAIN_PROGRAMS } from "./chain-programs.ts";
import { runProgram } from "./program.ts";

/** Runs a program of a chain, and whatever of ours comes behind it, on this process. */
export function runChain(name: string): never {
  const program = CHAIN_PROGRAMS.get(name);
  if (program === undefined) throw new Error(`${name} is no program of a chain`);
  return runProgram({ ...program, main: (context) => runChainOn(program, CHAIN_PROGRAMS, { ...context, args: ownWords() }) });
}
