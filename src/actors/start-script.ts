import type { RunScript } from "../chain/run-script.ts";
import { spawnCompiled } from "../sys/compiled-chain.ts";
import { type SpawnOut, spawn } from "../sys/process.ts";

export interface Image {
  readonly file: string;
  readonly argv: readonly string[];
}

/**
 * Starts a script: compiled where that is possible, else the image that executes it, which is not asked for before. `words`: those
 * that its interpreter gets. Throws as `spawn` does.
 */
export function startScript(
  script: RunScript,
  dirFd: number,
  words: readonly string[],
  asItIs: () => Image,
  map: ReadonlyMap<number, number>,
  flags: number,
  out: SpawnOut,
): number {
  const compiled = script.compile(words);
  if (typeof compiled !== "string") return spawnCompiled(dirFd, compiled.chain, map, flags, out);
  const { file, argv } = asItIs();
  return spawn(dirFd, file, argv, map, flags, out);
}
