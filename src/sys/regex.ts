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
    const bytes = typeof pattern === "string" ? Buffer.from(pattern) : pattern;
    const compiled = addon.regexCompile(bytes);
    if (typeof compiled === "string") {
      throw new SystemError("compile", String(pattern), "EINVAL", { cause: new Error(compiled) });
    }
    this.#handle = compiled;
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
