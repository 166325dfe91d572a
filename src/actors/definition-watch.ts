import type { Definition } from "../formats/definition.ts";
import { definitionIn, digestInto, makeDigests } from "../sys/definition.ts";

const digests = makeDigests();
const PRIME = 16_777_619;

/** Looks at the files that say what a service is whenever it is started; remembers one number. */
export class DefinitionWatch {
  readonly #dirFd: number;
  #last: number | undefined;

  constructor(dirFd: number) {
    this.#dirFd = dirFd;
  }

  /** The definition, if it is another one than the last time. */
  news(): { readonly definition?: Definition } {
    digestInto(digests, this.#dirFd);
    let sum = 0;
    for (const word of digests) sum = Math.imul(sum ^ word, PRIME);
    if (sum === this.#last) return {};
    this.#last = sum;
    return { definition: definitionIn(digests) };
  }
}
