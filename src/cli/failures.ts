import { SystemError } from "../sys/system-error.ts";

/** The ways a program of the suite can end early, and how its messages look (s6 documentation, exit codes). */

interface Details extends ErrorOptions {
  /** For a second line: why. */
  readonly hint?: string | undefined;
  /** Said before. */
  readonly warnings?: readonly string[];
}

/** Wrong command line: prints the synopsis, exit code 100. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly warnings: readonly string[];

  constructor(message?: string, { warnings = [], ...options }: Omit<Details, "hint"> = {}) {
    super(message, options);
    this.warnings = warnings;
  }
}

/** What an option, or an operand, must have. @throws UsageError */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new UsageError();
  return value;
}

interface ExitDetails extends Details {
  readonly isWhole?: boolean;
}

/** `PROG: fatal: MESSAGE` and the exit code: 100 invalid argument, 99 time-out, 1 "no", 111 a failed system call. */
export class ExitError extends Error {
  override readonly name = "ExitError";
  readonly exitCode: number;
  readonly hint: string | undefined;
  readonly warnings: readonly string[];
  /** The message is all that is said, without the program's name. */
  readonly isWhole: boolean;

  constructor(exitCode: number, message: string, { hint, warnings = [], isWhole = false, ...options }: ExitDetails = {}) {
    super(message, options);
    this.exitCode = exitCode;
    this.hint = hint;
    this.warnings = warnings;
    this.isWhole = isWhole;
  }
}

/** Runs `action`; its SystemError becomes "unable to WHAT: reason" and exit code 111. */
export function unableTo<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) {
      throw new ExitError(111, `unable to ${what}: ${error.reason}`, { cause: error });
    }
    throw error;
  }
}

export const fatalLine = (program: string, text: string): string => `${program}: fatal: ${text}\n`;
export const warningLine = (program: string, text: string): string => `${program}: warning: ${text}\n`;
/** Behind one of the others: why, or what to do. */
export const hintLine = (program: string, text: string): string => `${program}: hint: ${text}\n`;
export const infoLine = (program: string, text: string): string => `${program}: info: ${text}\n`;
