import type { Packet } from "../../sys/packets.ts";

/** The first packet of a thin process: H version inherited kept [number: 4 bytes each] [label each], and descriptors. */
export interface Introduction {
  readonly papers: number;
  readonly stdio: readonly [stdin: number, stdout: number, stderr: number];
  readonly cwd: number;
  readonly inherited: readonly (readonly [number: number, fd: number])[];
  readonly kept: readonly (readonly [label: number, fd: number])[];
}

const VERSION = 1;
const HEAD = 4;
const FIXED = 5;

/** undefined: it is none that we understand; the descriptors are the caller's to close. */
export function parseIntroduction({ bytes, fds }: Packet): Introduction | undefined {
  const [letter, version, inheritedCount = 0, keptCount = 0] = bytes;
  if (letter !== "H".charCodeAt(0) || version !== VERSION) return undefined;
  if (bytes.length !== HEAD + 4 * inheritedCount + keptCount || fds.length !== FIXED + inheritedCount + keptCount) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [papers = -1, stdin = -1, stdout = -1, stderr = -1, cwd = -1, ...more] = fds;
  return {
    papers, stdio: [stdin, stdout, stderr], cwd,
    inherited: more.slice(0, inheritedCount).map((fd, index) => [view.getInt32(HEAD + 4 * index, true), fd] as const),
    kept: more.slice(inheritedCount).map((fd, index) => [bytes[HEAD + 4 * inheritedCount + index] ?? 0, fd] as const),
  };
}
