import { type Definition, DEFINITION_FILES } from "../formats/definition.ts";
import { addon } from "./addon.ts";

/** Two words for each of DEFINITION_FILES, low half first; both 0 for one that is not there or can't be read. */
export type Digests = Uint32Array;
export const makeDigests = (): Digests => new Uint32Array(2 * DEFINITION_FILES.length);

/** Reads the files of a service directory that say what the service is. */
export const digestInto = (digests: Digests, dirFd: number): void => void addon.digests(dirFd, DEFINITION_FILES, digests);

export function definitionIn(digests: Digests): Definition {
  const hex = (word: number): string => word.toString(16).padStart(8, "0");
  const found = DEFINITION_FILES.flatMap((name, index) => {
    const [low = 0, high = 0] = digests.subarray(2 * index, 2 * index + 2);
    return low === 0 && high === 0 ? [] : [[name, hex(high) + hex(low)] as const];
  });
  return Object.fromEntries(found);
}
