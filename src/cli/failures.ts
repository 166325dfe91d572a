import { SystemError } from "../sys/system-error.ts";

/** The ways a program of the suite can end early, and how its messages look (s6 documentation, exit codes). */

/** Wrong command line: prints the synopsis, exit code 100. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

interface ExitDetails extends ErrorOptions {
  readonly hint?: string | undefined;
  readonly isWhole?: boolean;
}

/** `PROG: fatal: MESSAGE` and the exit code: 100 invalid argument, 99 time-out, 1 "no", 111 a failed system call. */
export class ExitError extends Error {
  override readonly name = "ExitError";
  readonly exitCode: number;
  /** For a second line: why. */
  readonly hint: string | undefined;
  /** The message is all that is said, without the program's name. */
  readonly isWhole: boolean;

  constructor(exitCode: number, message: string, options: ExitDetails = {}) {
    super(message, options);
    this.exitCode = exitCode;
    this.hint = options.hint;
    this.isWhole = options.isWhole ?? false;
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
