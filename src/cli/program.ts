import type { Sys } from "../sys/sys.ts";

/** What a program of the suite is: pure of `process`, so that a test can run it against a fake system. */
export interface Program {
  /** As printed in messages: fixed, whatever argv[0] says. */
  readonly name: string;
  /** One line, without "usage:". */
  readonly synopsis: string;
  /** Printed by --help after the synopsis: options and exit codes. */
  readonly help: string;
  main(context: Context): number;
}

export interface Context {
  readonly args: readonly string[];
  readonly sys: Sys;
  stdout(text: string): void;
  stderr(text: string): void;
}
