import { join } from "node:path";
import type { Bytes } from "../formats/bytes.ts";
import { AT_FDCWD } from "./addon.ts";
import { SystemError } from "./errors.ts";
import { closeFd, setCloexec } from "./files.ts";
import { launch, takeOver } from "./launch.ts";
import { packageRoot } from "./package-root.ts";
import { pollReadable } from "./poller.ts";
import { spawn, spawnOut, waitPidfd } from "./process.ts";

/**
 * Where C s6 forks and execs in the parent, Node can't: we start the same program once more, as a helper that does what
 * C's child does, and exec. The helper inherits what a forked child would have. argv[0] tells it what it is; the
 * launcher takes it away from its parent (C's double fork) when that is ORPHAN.
 */
const CHILD = "s6-actors-helper";
const ORPHAN = "s6-actors-orphan";

export const isHelper: boolean = launch.argv0 === CHILD || launch.argv0 === ORPHAN;

export interface HelperWish {
  readonly program: string;
  /** Of ours, for it alone. */
  readonly descriptors: readonly number[];
  readonly words: readonly Bytes[];
  /** Nobody's child: whoever we become has no zombie to reap. */
  readonly isOrphan: boolean;
  /** What it inherits from the program in the middle of a chain. */
  readonly chain?: { readonly descriptors: readonly number[]; readonly environment: readonly Bytes[] };
}

/** Blocks until it has been exec'ed. @throws SystemError */
export function startHelper({ program, descriptors, words, isOrphan, chain }: HelperWish): void {
  const inherited = chain?.descriptors ?? [0, 1, 2, ...launch.inherited];
  const numbers = freeNumbers(descriptors.length, inherited);
  for (const fd of [0, 1, 2]) if (!inherited.includes(fd)) setCloexec(fd, true);
  const map = new Map((chain === undefined ? [0, 1, 2] : inherited).map((fd) => [fd, fd]));
  for (const [index, fd] of descriptors.entries()) map.set(numbers[index] ?? -1, fd);
  const file = join(packageRoot, "bin", program);
  const out = spawnOut();
  spawn(AT_FDCWD, file, [isOrphan ? ORPHAN : CHILD, numbers.join(), ...words], map, 0, out, chain?.environment);
  const pidfd = out[1] ?? -1;
  if (isOrphan) {
    pollReadable([pidfd], undefined);
    if (waitPidfd(pidfd) !== 0) throw new SystemError("fork", undefined, "EAGAIN"); // the launcher has said why
  }
  closeFd(pidfd);
}

/** Numbers that are not among those that it inherits. */
function freeNumbers(count: number, inherited: readonly number[]): number[] {
  const numbers: number[] = [];
  for (let fd = 3; numbers.length < count; fd++) if (!inherited.includes(fd)) numbers.push(fd);
  return numbers;
}

export interface HelperCall {
  /** Its own: no child of it gets them. */
  readonly descriptors: readonly number[];
  readonly words: readonly string[];
}

/** What startHelper has given, in the helper. */
export function helperCall([numbers = "", ...words]: readonly string[]): HelperCall {
  const descriptors = numbers === "" ? [] : numbers.split(",").map(Number);
  takeOver({ descriptors, signals: [] });
  return { descriptors, words };
}
