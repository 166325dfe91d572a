import { addon } from "./addon.ts";
import { type CompiledChain, encodedChain } from "./compiled-chain.ts";
import { check, errorCode, SystemError } from "./errors.ts";
import { STAGES } from "./process.ts";

export interface Birth {
  readonly chain: CompiledChain;
  /** All that the child has: its number → ours. */
  readonly descriptors: ReadonlyMap<number, number>;
}

export interface Newborn {
  readonly pid: number;
  /** Close-on-exec, the caller's to close. */
  readonly pidfd: number;
}

const OUT_WORDS = 3;
const FIRST_ROOM = 32;
const makeRoom = (births: number, words: number) => ({ maps: new Int32Array(words), out: new Int32Array(OUT_WORDS * births), results: new Int32Array(births) });
/** Typed arrays are dear to make. */
let room = makeRoom(FIRST_ROOM, 8 * FIRST_ROOM);

/**
 * Starts several compiled chains: whoever starts one by one waits each time until it is executed. What became of each, in order.
 * @throws SystemError when none was started
 */
export function bearAll(dirFd: number, births: readonly Birth[]): readonly (Newborn | SystemError)[] {
  const words = births.reduce((sum, { descriptors }) => sum + 1 + 2 * descriptors.size, 0);
  if (births.length > room.results.length || words > room.maps.length) room = makeRoom(2 * births.length, 2 * words);
  const { maps, out, results } = room;
  const chains: (Int32Array | Uint8Array)[] = [];
  let at = 0;
  for (const { chain, descriptors } of births) {
    const encoding = encodedChain(chain);
    chains.push(encoding.words, encoding.texts);
    maps[at++] = descriptors.size;
    for (const [target, source] of descriptors) {
      maps[at++] = source;
      maps[at++] = target;
    }
  }
  check(addon.spawnAll(dirFd, maps, chains, out, results), "spawn");
  return births.map(({ chain }, index) => {
    const result = results[index] ?? 0;
    const from = OUT_WORDS * index;
    if (result < 0) return new SystemError(STAGES[out[from + 2] ?? 0] ?? "spawn", chain.end.argv[0], errorCode(-result));
    return { pid: out[from] ?? -1, pidfd: out[from + 1] ?? -1 };
  });
}
