import { known, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import type { CompiledChain } from "../sys/compiled-chain.ts";
import { ownProgram } from "../sys/own-program.ts";
import { msOrForever, parseUint } from "../formats/uint.ts";

/** The command line of an s6-sudod. */
export interface SudodOptions {
  readonly nullStdin: boolean;
  readonly nullStdout: boolean;
  readonly ownStderr: boolean;
  readonly watchesClient: boolean;
  /** undefined: no limit. */
  readonly timeoutMs: number | undefined;
  readonly words: readonly string[];
}

/** An s6-sudod that is to be: what it is told, and its environment. */
export interface SudodCall {
  readonly options: SudodOptions;
  readonly environment: readonly string[];
}

/** Is a chain nothing but an s6-sudod? A wrong command line is none: the program says so. */
export function sudodIn({ steps, end: { files, argv, environment }, failure }: CompiledChain): SudodCall | undefined {
  const [file = failure?.file, ...others] = files;
  if (steps.length > 0 || others.length > 0 || file !== ownProgram("s6-sudod")) return undefined;
  try {
    return { options: parseSudod(argv.slice(1)), environment };
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** s6-sudod [ -0 ] [ -1 ] [ -2 ] [ -d ] [ -t timeout ] args... @throws UsageError */
export function parseSudod(args: readonly string[]): SudodOptions {
  const { options, operands: words } = parseOptions(args, "012dt:");
  const has = (...names: readonly string[]): boolean => options.some(({ name }) => names.includes(name));
  const [ms = 0] = options.filter(({ name }) => name === "t").map(({ value }) => known(parseUint(value))).slice(-1);
  return { nullStdin: has("0", "d"), nullStdout: has("1", "d"), ownStderr: has("2", "d"), watchesClient: !has("d"), timeoutMs: msOrForever(ms), words };
}
