import { expect } from "vitest";
import { C_BIN } from "./c-tree.ts";
import { type Ended, ours, OUR_BIN, run, theirs } from "./executables.ts";

/** For tests that do the same with a program of ours and with its C peer. */

export const BINS = [["ours", OUR_BIN], ["C's", C_BIN]] as const;

/** The same command line must have the same outcome, which is answered. */
export function same(program: string, ...args: readonly string[]): Ended {
  const mine = ours(program, ...args);
  expect(mine).toEqual(theirs(program, ...args));
  return mine;
}

/** Runs a program of one of the BINS by way of a C program that changes what it is started with (env, setpriv, sh). */
export const runVia = (via: readonly [string, ...string[]], bin: string, program: string, ...args: readonly string[]): Ended => {
  const [file, ...words] = via;
  return run(C_BIN, file, ...words, `${bin}/${program}`, ...args);
};

/** The same for both. */
export function sameVia(via: readonly [string, ...string[]], program: string, ...args: readonly string[]): Ended {
  const mine = runVia(via, OUR_BIN, program, ...args);
  expect(mine).toEqual(runVia(via, C_BIN, program, ...args));
  return mine;
}
