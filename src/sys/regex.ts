import { addon } from "./addon.ts";
import { errorCode, SystemError } from "./errors.ts";

const SHIFT = 2 ** 24;

/**
 * POSIX extended regular expressions of the C library, on bytes: they agree with the C tools in every corner. A NUL
 * ends pattern and text, as it does in C.
 */
export class Regex {
  readonly #handle: object;

  /** @throws SystemError EINVAL; its cause says what is wrong with the pattern. */
  constructor(pattern: string | Uint8Array) {
    this.#handle = compile(pattern, false);
  }

  /** The leftmost longest match, in bytes; `text` must be below 16 MiB (E2BIG). */
  exec(text: Uint8Array): { readonly start: number; readonly end: number } | undefined {
    const found = addon.regexExec(this.#handle, text);
    if (found === -1) return undefined;
    if (found < 0) throw new SystemError("match", undefined, errorCode(-found));
    return { start: Math.floor(found / SHIFT), end: found % SHIFT };
  }

  test(text: Uint8Array): boolean {
    return this.exec(text) !== undefined;
  }
}

/** One that only says whether lines match, many at a time. A NUL in a line is a byte like others. */
export class LineRegex {
  readonly #handle: object;

  /** @throws SystemError as Regex */
  constructor(pattern: string) {
    this.#handle = compile(pattern, true);
  }

  /**
   * `offsets`: from and to of each line in `bytes`. Where `selected` is not `value` and the line matches, it becomes so.
   * @throws SystemError ENOMEM
   */
  select(bytes: Uint8Array, offsets: Int32Array, count: number, selected: Uint8Array, value: 0 | 1): void {
    const result = addon.regexSelect(this.#handle, bytes, offsets, count, selected, value);
    if (result < 0) throw new SystemError("match", undefined, errorCode(-result));
  }
}

function compile(pattern: string | Uint8Array, isTestOnly: boolean): object {
  const bytes = typeof pattern === "string" ? Buffer.from(pattern) : pattern;
  const compiled = addon.regexCompile(bytes, isTestOnly);
  if (typeof compiled === "string") throw new SystemError("compile", String(pattern), "EINVAL", { cause: new Error(compiled) });
  return compiled;
}
