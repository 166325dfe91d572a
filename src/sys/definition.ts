import type { Bytes } from "../formats/bytes.ts";
import { type Definition, DEFINITION_FILES } from "../formats/definition.ts";
import { addon } from "./addon.ts";

/** Two words for each of DEFINITION_FILES, low half first; both 0 for one that is not there or can't be read. */
export type Digests = Uint32Array;
export const makeDigests = (): Digests => new Uint32Array(2 * DEFINITION_FILES.length);

/** Reads the files of a service directory that say what the service is. */
export const digestInto = (digests: Digests, dirFd: number): void => void addon.digests(dirFd, DEFINITION_FILES, digests);

/** The same of what stat tells of them: as long as that is the same, so are they. False: it says nothing. */
export function stampInto(stamps: Digests, dirFd: number): boolean {
  addon.stamps(dirFd, DEFINITION_FILES, stamps);
  return isTelling(stamps);
}

function isTelling(stamps: Uint32Array): boolean {
  for (let index = 0; index < stamps.length; index += 2) if (stamps[index] === 0 && stamps[index + 1] === 0) return false;
  return true;
}

/** What stat tells of files, two words each; undefined: it may be the same for two contents. */
export function stampsOf(dirFd: number, paths: readonly Bytes[], stamps = new Uint32Array(2 * paths.length)): Uint32Array | undefined {
  addon.stamps(dirFd, paths, stamps);
  return isTelling(stamps) ? stamps : undefined;
}

export function definitionIn(digests: Digests): Definition {
  const hex = (word: number): string => word.toString(16).padStart(8, "0");
  const found = DEFINITION_FILES.flatMap((name, index) => {
    const [low = 0, high = 0] = digests.subarray(2 * index, 2 * index + 2);
    return low === 0 && high === 0 ? [] : [[name, hex(high) + hex(low)] as const];
  });
  return Object.fromEntries(found);
}
