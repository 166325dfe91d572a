import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { readBlock } from "../execline/block.ts";
import { parseUint } from "../formats/uint.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import type { Sys } from "../sys/sys.ts";
import { otherwise } from "../sys/system-error.ts";
import { approximateCode, becomesOrExits, type ChainProcess, exits, type Next } from "./process.ts";

/** poll(2) takes no more. */
const LONGEST_MS = 2 ** 31 - 1;

interface Waited {
  /** Who has died, in that order. */
  readonly dead: ReadonlyMap<number, WaitStatus>;
  /** Somebody still lives who was waited for. */
  readonly isLate: boolean;
}

interface Patience {
  /** The first who dies is enough. */
  readonly one: boolean;
  /** Of sys.monotonicMs(). */
  readonly deadline: number;
}

/** wait [ -I | -i ] [ -a | -o ] [ -r | -t MS ] { PIDS... } PROG..., or ... PIDS... */
export function runWait(args: readonly string[], process: ChainProcess): Next {
  const { sys, environment } = process;
  const { options, operands } = parseOptions(args, "Iiaort:");
  let [isStrict, one, limitMs]: [boolean, boolean, number] = [false, false, Number.POSITIVE_INFINITY];
  for (const { name, value } of options) {
    switch (name) {
      case "I": isStrict = false; break;
      case "i": isStrict = true; break;
      case "a": one = false; break;
      case "o": one = true; break;
      case "r": limitMs = 0; break;
      case "t": limitMs = parseMs(value); break;
    }
  }
  // Its words are never warned of (execline since 2.9.8.0).
  const { words, rest } = readBlock(operands);
  const pids = words.map(parsePid);
  const patience = { one, deadline: sys.monotonicMs() + limitMs };
  const { dead, isLate } = pids.length === 0 ? waitForAll(sys, patience) : waitForListed(sys, pids, patience);
  if (isLate && isStrict) throw new ExitError(99, "unable to wait: Connection timed out");

  const [first] = dead;
  if (rest === undefined) {
    if (isLate || (one && first === undefined)) return exits(127);
    const status = one ? first?.[1] : dead.get(pids.at(-1) ?? 0);
    return exits(status !== undefined ? approximateCode(status) : pids.length === 0 ? 0 : 127);
  }
  if (one) {
    environment.set("!", first === undefined ? undefined : String(first[0]));
    environment.set("?", first === undefined ? undefined : String(approximateCode(first[1])));
  }
  return becomesOrExits(rest);
}

function parseMs(text: string): number {
  const ms = parseUint(text);
  if (ms === undefined) throw new UsageError();
  return ms;
}

function parsePid(text: string): number {
  const pid = /^[+-]?[0-9]+$/.test(text) ? Number(text) : undefined;
  if (pid === undefined || Math.abs(pid) > 0xffff_ffff) throw new UsageError();
  return pid;
}

const left = (sys: Sys, deadline: number): number | undefined =>
  Number.isFinite(deadline) ? Math.min(Math.max(0, deadline - sys.monotonicMs()), LONGEST_MS) : undefined;

/** Those that are no children of ours are passed over, and other children are left alone. */
function waitForListed(sys: Sys, pids: readonly number[], { one, deadline }: Patience): Waited {
  const dead = new Map<number, WaitStatus>();
  const alive = new Map<number, number>();
  const isEnough = (): boolean => alive.size === 0 || (one && dead.size > 0);
  const look = (pid: number, pidfd: number): void => {
    const status = sys.waitPidfd(pidfd);
    if (status === "running") return void alive.set(pid, pidfd);
    alive.delete(pid);
    sys.closeFd(pidfd);
    if (status !== "not ours") dead.set(pid, status);
  };

  for (const pid of new Set(pids)) {
    const pidfd = pid <= 0 || (one && dead.size > 0) ? undefined : otherwise(undefined, () => sys.pidfdOpen(pid));
    if (pidfd !== undefined) look(pid, pidfd);
  }
  let isLate = false;
  while (!isEnough() && !isLate) {
    const ready = sys.pollReadable([...alive.values()], left(sys, deadline));
    isLate = ready.length === 0 && sys.monotonicMs() >= deadline;
    for (const [pid, pidfd] of [...alive]) if (ready.includes(pidfd) && !isEnough()) look(pid, pidfd);
  }
  for (const pidfd of alive.values()) sys.closeFd(pidfd);
  return { dead, isLate };
}

function waitForAll(sys: Sys, { one, deadline }: Patience): Waited {
  const deaths = sys.trapSignals(["CHLD"]);
  const dead = new Map<number, WaitStatus>();
  try {
    for (;;) {
      const found = sys.reapAny();
      if (found === "no children") return { dead, isLate: false };
      if (found === "all alive") {
        if (sys.monotonicMs() >= deadline) return { dead, isLate: true };
        if (sys.pollReadable([deaths.fd], left(sys, deadline)).length > 0) deaths.read();
        continue;
      }
      dead.set(found.pid, found.waitStatus);
      if (one) return { dead, isLate: false };
    }
  } finally {
    deaths.close();
  }
}
