import type { Definition } from "../formats/definition.ts";
import { definitionIn, digestInto, makeDigests, stampInto } from "../sys/definition.ts";

const numbers = makeDigests();
const PRIME = 16_777_619;

/** Looks at the files that say what a service is whenever it is started; remembers two numbers. */
export class DefinitionWatch {
  readonly #dirFd: number;
  #stamp: number | undefined;
  #last: number | undefined;

  constructor(dirFd: number) {
    this.#dirFd = dirFd;
  }

  /** The definition, if it is another one than the last time. */
  news(): { readonly definition?: Definition } {
    // Nothing is read where nothing has changed.
    const stamp = stampInto(numbers, this.#dirFd) ? sumOf(numbers) : undefined;
    if (stamp !== undefined && stamp === this.#stamp) return {};
    this.#stamp = stamp;
    digestInto(numbers, this.#dirFd);
    const sum = sumOf(numbers);
    if (sum === this.#last) return {};
    this.#last = sum;
    return { definition: definitionIn(numbers) };
  }
}

function sumOf(words: Uint32Array): number {
  let sum = 0;
  for (const word of words) sum = Math.imul(sum ^ word, PRIME);
  return sum;
}
