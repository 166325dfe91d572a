import type { Bytes } from "../formats/bytes.ts";
import { addon } from "./addon.ts";
import { errorCode, SystemError } from "./errors.ts";

/** As regex.cc numbers them; TEST: no positions, only whether it matches. */
const [REGEX_TEST, REGEX_BASIC, REGEX_IGNORE_CASE] = [1, 2, 4];
const SHIFT = 2 ** 24;

export interface RegexRules {
  /** Basic, not extended, expressions. */
  readonly isBasic?: boolean;
  readonly ignoresCase?: boolean;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * POSIX regular expressions (extended ones, unless told) of the C library, on bytes: they agree with the C tools in every corner. A NUL
 * ends pattern and text, as it does in C.
 */
export class Regex {
  readonly #handle: object;

  /** @throws SystemError EINVAL; its cause says what is wrong with the pattern. */
  constructor(pattern: string | Uint8Array, { isBasic = false, ignoresCase = false }: RegexRules = {}) {
    this.#handle = compile(pattern, (isBasic ? REGEX_BASIC : 0) | (ignoresCase ? REGEX_IGNORE_CASE : 0));
  }

  /** The leftmost longest match, in bytes; `text` must be below 16 MiB (E2BIG). */
  exec(text: Bytes): Span | undefined {
    const found = addon.regexExec(this.#handle, text);
    if (found === -1) return undefined;
    if (found < 0) throw new SystemError("match", undefined, errorCode(-found));
    return { start: Math.floor(found / SHIFT), end: found % SHIFT };
  }

  /** The match as exec finds it, then each group in parentheses: undefined for one that took no part in it. */
  groups(text: Uint8Array): readonly (Span | undefined)[] | undefined {
    const flat: number[] = [];
    const count = addon.regexGroups(this.#handle, text, flat);
    if (count < 0) throw new SystemError("match", undefined, errorCode(-count));
    if (count === 0) return undefined;
    return Array.from({ length: count }, (_, index) => {
      const [start = -1, end = -1] = flat.slice(2 * index);
      return start < 0 ? undefined : { start, end };
    });
  }

  test(text: Bytes): boolean {
    return this.exec(text) !== undefined;
  }
}

/** One that only says whether lines match, many at a time. A NUL in a line is a byte like others. */
export class LineRegex {
  readonly #handle: object;

  /** @throws SystemError as Regex */
  constructor(pattern: string) {
    this.#handle = compile(pattern, REGEX_TEST);
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

function compile(pattern: string | Uint8Array, flags: number): object {
  const compiled = addon.regexCompile(pattern, flags);
  if (typeof compiled === "string") throw new SystemError("compile", String(pattern), "EINVAL", { cause: new Error(compiled) });
  return compiled;
}
