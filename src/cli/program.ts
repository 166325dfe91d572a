import { writeSync } from "node:fs";
import { signalNumber } from "../formats/signals.ts";
import { isHelper } from "../sys/helper.ts";
import * as realSys from "../sys/real-sys.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { ExitError, fatalLine, hintLine, UsageError, warningLine } from "./failures.ts";
import { exitNow } from "../sys/process.ts";
import { VERSION } from "./version.ts";

/** What a program of the suite is: pure of `process`, so that a test can run it against a fake system. */
export interface Program {
  /** As printed in messages: fixed, whatever argv[0] says. */
  readonly name: string;
  /** One line, without "usage:". */
  readonly synopsis: string;
  /** Printed by --help after the synopsis: options and exit codes. */
  readonly help: string;
  /** The exit code. Throws UsageError, ExitError, or SystemError for what nobody expected. */
  main(context: Context): number;
  /** What its helper does, where it starts one (sys/helper.ts). */
  helper?(context: Context): number;
}

export interface Context {
  readonly args: readonly string[];
  readonly sys: Sys;
  stdout(text: string | Uint8Array): void;
  stderr(text: string | Uint8Array): void;
}

/** Runs a program on this process, to its end. */
export function runProgram(program: Program): never {
  exitNow(exitCodeOnProcess(program));
}

/** The same, for one that may go on after its main. */
export function exitCodeOnProcess(program: Program): number {
  try {
    return exitCodeOf(isHelper ? helperOf(program) : program, {
      args: process.argv.slice(2),
      sys: realSys,
      stdout: (text) => writeAll(1, text),
      stderr: (text) => writeAll(2, text),
    });
  } catch (error) {
    // A defect of ours: Node would exit 1, which is an answer of some programs.
    writeAll(2, fatalLine(program.name, error instanceof Error ? String(error.stack) : String(error)));
    return 101;
  }
}

/** Its messages look like those of a forked child of C's. */
const helperOf = ({ helper, ...program }: Program): Program => ({
  ...program,
  name: `${program.name} (child)`,
  main: helper ?? program.main,
});

/** --help and --version are understood when they are the only word: to some programs of s6 they could be a name. */
export function exitCodeOf(program: Program, context: Context): number {
  const { name, synopsis, help } = program;
  const { args, stdout, stderr } = context;
  const word = args.length === 1 ? args[0] : undefined;
  try {
    if (word === "--help") {
      stdout(`usage: ${synopsis}\n\n${help}\n`);
      return 0;
    }
    if (word === "--version") {
      stdout(`${VERSION}\n`);
      return 0;
    }
    return program.main(context);
  } catch (error) {
    if (error instanceof UsageError || error instanceof ExitError) for (const text of error.warnings) stderr(warningLine(name, text));
    if (error instanceof UsageError) {
      stderr(`${name}: usage: ${synopsis}\n`);
      return 100;
    }
    if (error instanceof ExitError) {
      stderr(error.isWhole ? `${error.message}\n` : fatalLine(name, error.message));
      if (error.hint !== undefined) stderr(hintLine(name, error.hint));
      return error.exitCode;
    }
    if (error instanceof SystemError) {
      stderr(fatalLine(name, `unable to ${error.syscall} ${error.path ?? ""}: ${error.reason}`));
      return 111;
    }
    throw error;
  }
}

/** Descriptors may be non-blocking: somebody who shares them made them so. */
function writeAll(fd: 1 | 2, text: string | Uint8Array): void {
  let rest: Uint8Array = typeof text === "string" ? Buffer.from(text) : text;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") realSys.pollWritable(fd);
      else if (fd === 2) return; // nobody is left to be told
      else if (code === "EPIPE") realSys.dieOfSignal(signalNumber("PIPE")); // Node ignores what ends other programs
      else throw new SystemError("write to", "stdout", String(code));
    }
  }
}
