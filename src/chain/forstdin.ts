import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { SystemError } from "../sys/system-error.ts";
import { type LineRules, linesOf } from "./lines.ts";
import { Loop, type LoopRules, parseLoop } from "./loop.ts";
import { type ChainProcess, exits, type Next } from "./process.ts";

const LETTERS = "EepP:o:x:NnCc0d:";

export interface ForCommand {
  readonly rules: LoopRules;
  readonly lines: LineRules;
  readonly operands: readonly string[];
}

/** Of forstdin and forbacktickx. @throws UsageError */
export function parseFor(args: readonly string[]): ForCommand {
  const { options, operands } = parseOptions(args, LETTERS);
  let lines: LineRules = { delimiters: "\n", chomp: true, crunch: false };
  for (const { name, value } of options) {
    switch (name) {
      case "N": lines = { ...lines, chomp: false }; break;
      case "n": lines = { ...lines, chomp: true }; break;
      case "C": lines = { ...lines, crunch: true }; break;
      case "c": lines = { ...lines, crunch: false }; break;
      case "0": lines = { ...lines, delimiters: "\0" }; break;
      case "d": lines = { ...lines, delimiters: value }; break;
      default: break;
    }
  }
  return { rules: parseLoop(options), lines, operands };
}

/** forstdin [ -E | -e ] [ -p | -P MOST | -o CODES | -x CODES ] [ -N | -n ] [ -C | -c ] [ -0 | -d DELIMITERS ] VAR LOOP... */
export function runForstdin(args: readonly string[], process: ChainProcess): Next {
  const { rules, lines, operands: [name, ...words] } = parseFor(args);
  if (name === undefined || words.length === 0) throw new UsageError();
  const loop = new Loop(process, rules, name, words);
  if (!process.descriptors.isOpen(0)) throw unableToRead(new SystemError(lines.delimiters === "" ? "netstring_get" : "skagetlnsep", undefined, "EBADF"));
  return exits(loopOver(linesOf(process.sys, 0, lines), loop));
}

/** 1 if there was nothing. @throws ExitError */
export function loopOver(lines: Iterable<string>, loop: Loop): number {
  try {
    for (const line of lines) {
      // A variable ends at a NUL.
      const code = loop.round(line.split("\0", 1)[0] ?? "");
      if (code !== undefined) return code;
    }
  } catch (error) {
    throw error instanceof SystemError ? unableToRead(error) : error;
  }
  loop.finish();
  return loop.count === 0 ? 1 : 0;
}

const unableToRead = (error: SystemError): ExitError => new ExitError(111, `unable to ${error.syscall}: ${error.reason}`, { cause: error });
