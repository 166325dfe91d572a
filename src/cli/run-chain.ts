import { type ChainProgram, runChainOn } from "./chain.ts";
import { CHAIN_PROGRAMS } from "./chain-programs.ts";
import { runProgram } from "./program.ts";
import { type ExecFailure, ownWords } from "../sys/exec.ts";
import * as realSys from "../sys/real-sys.ts";
import { SystemError } from "../sys/system-error.ts";

/** A chain in which nothing lasts: for the build, which keeps the code that it compiles (scripts/code-cache.mjs). */
const REHEARSAL = ["-I", "/nonexistent", "s6-softlimit", "-c", "=", "s6-applyuidgid", "-z", "s6-envuidgid", "root", "fdmove", "-c", "9", "2", "cd", "/", "nonexistent"];

/** @public scripts/code-cache.mjs calls it. */
export function rehearse(): void {
  const program = CHAIN_PROGRAMS.get("s6-envdir");
  const exec = (): ExecFailure => ({ exitCode: 127, error: new SystemError("exec", "nonexistent", "ENOENT") });
  const silent = { stdout: () => undefined, stderr: () => undefined };
  if (program !== undefined) runChainOn(program, CHAIN_PROGRAMS, { ...silent, args: REHEARSAL, sys: { ...realSys, execChain: exec, ownProgramFor: (word) => word } });
}

/** Runs a program of a chain, and whatever of ours comes behind it, on this process. */
export function runChain(name: string): never {
  const program = CHAIN_PROGRAMS.get(name);
  if (program === undefined) throw new Error(`${name} is no program of a chain`);
  return runChainFrom(program);
}

/** The same for one that is too heavy to be in every chain: it only begins one. */
export const runChainFrom = (program: ChainProgram): never =>
  runProgram({ ...program, main: (context) => runChainOn(program, CHAIN_PROGRAMS, { ...context, args: ownWords() }) });
