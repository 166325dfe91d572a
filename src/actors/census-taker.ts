import { type Census, censusOf, type Lineage, type LeftOver, leftOvers, LISTED_MAX } from "../machines/supervise/census.ts";
import type { FactType } from "../machines/supervise/facts.ts";
import { signalNumber } from "../formats/signals.ts";
import { otherwise, SystemError } from "../sys/errors.ts";
import { closeFd, dupFd } from "../sys/files.ts";
import { pidfdKill, pidfdOpen } from "../sys/process.ts";
import type { Sighting } from "../formats/sighting.ts";
import { bootTicks, childrenOf, groupMembers, lookAt, signalLedGroup } from "../sys/processes.ts";
import type { ActorPorts } from "./actor-ports.ts";
import type { ServiceFiles } from "./service-files.ts";

const SIGKILL = signalNumber("KILL");
/** Without a descriptor for each, more can be counted. */
const COUNTED_MAX = 1024;
/** Who forks and exits all the time may be missed by a look, but not by so many. */
const LOOKS_MAX = 8;

interface Leader {
  readonly group: number;
  /** Of the process that led it, which is dead: it stands for that very group. -1 = we have none. */
  readonly pidfd: number;
  readonly diedTicks: number;
}

interface Held {
  readonly pidfd: number;
  readonly look: Sighting;
}

/**
 * The hands of the left-over census (flag-census; machines/supervise/census.ts decides whose a process is). It looks when
 * run is dead whether there is such a file; where there is none, that is all it does.
 */
export class CensusTaker {
  readonly #ports: ActorPorts;
  readonly #files: ServiceFiles;
  /** Whom clear() has killed is gone. */
  readonly #cleared: () => void;
  readonly #leaders: Leader[] = [];
  /** Left over, and not seen dead yet, by pid: a pidfd makes sure that it is no other one that is killed. */
  readonly #held = new Map<number, Held & { readonly known: LeftOver }>();

  constructor(ports: ActorPorts, files: ServiceFiles, cleared: () => void) {
    this.#ports = ports;
    this.#files = files;
    this.#cleared = cleared;
  }

  /** That process is about to be waited for: before that its pid, and the group of that number, are its own. */
  arm(pid: number, pidfd: number, group: number, what: "run" | "finish"): void {
    if (what === "run" ? !this.#files.has("flag-census") : this.#leaders.length === 0) return;
    if (this.#leaders.some((leader) => leader.group === group)) return;
    const ticks = bootTicks();
    // Another process has waited for it: since when the number may be somebody else's is not known.
    const diedTicks = isThere(pidfd) ? ticks : 0;
    this.#leaders.push({ group, pidfd: pid === group ? otherwise(-1, () => dupFd(pidfd)) : -1, diedTicks });
    if (what === "finish") return;
    this.#ports.ledger.set("censusTicks", diedTicks);
    this.#ports.ledger.set("censusGroup", group);
  }

  /** After a dead thread or process: what that had armed. */
  recall(): void {
    const group = this.#ports.ledger.get("censusGroup");
    if (group === 0 || this.#leaders.length > 0) return;
    const [now, low] = [bootTicks(), this.#ports.ledger.get("censusTicks") >>> 0];
    const diedTicks = low === 0 ? 0 : now - ((((now - low) % 2 ** 32) + 2 ** 32) % 2 ** 32);
    this.#leaders.push({ group, pidfd: -1, diedTicks });
  }

  /** What the fact carries; nothing when nobody asks for it. */
  answer(type: FactType): { census?: Census } {
    const isClearing = type === "census.taken" || type === "deadline.reached";
    const mode = isClearing ? "kill" : this.#leaders.length === 0 ? undefined : this.#files.census();
    const census = mode === undefined ? undefined : this.#take(mode === "kill");
    if (census?.kill !== true || census.left.length === 0 || type === "deadline.reached") this.forget();
    return census === undefined ? {} : { census };
  }

  /** Each by its pidfd, and the whole group where the kernel knows which one is meant: so nobody forks away from it. */
  clear(pids: readonly number[]): void {
    for (const { pidfd } of this.#leaders) if (pidfd >= 0) signalLedGroup(pidfd, SIGKILL);
    for (const pid of pids) {
      const held = this.#held.get(pid);
      // Gone, or not ours to kill: that is seen when the time is over.
      if (held !== undefined) otherwise(undefined, () => pidfdKill(held.pidfd, SIGKILL));
    }
    // Where there is no descriptor for any of them, the time limit is all that is left.
    if (this.#held.size > 0) setImmediate(() => this.#wait());
  }

  /** Nothing more is to be told of this run. */
  forget(): void {
    for (const { pidfd } of this.#leaders.splice(0)) if (pidfd >= 0) closeFd(pidfd);
    for (const held of [...this.#held.values()]) this.#drop(held);
    this.#ports.ledger.set("censusGroup", 0);
  }

  #drop({ pidfd, look }: Held): void {
    this.#held.delete(look.pid);
    this.#ports.unwatch(pidfd);
    closeFd(pidfd);
  }

  /** One after the other: the last of them is gone when all are. */
  #wait(): void {
    const [next] = this.#held.values();
    if (next === undefined) {
      this.#cleared();
      return;
    }
    this.#ports.watch("child", next.pidfd, () => {
      this.#drop(next);
      this.#wait();
    });
  }

  #take(kill: boolean): Census {
    const known = [...this.#held.values()].map(({ known: leftOver, look }) => ({ ...leftOver, startTicks: look.startTicks }));
    for (let looks = 1; ; looks++) {
      const seen = this.#look(kill);
      const lineages = this.#leaders.map((leader): Lineage => ({ ...leader, isPinned: leader.pidfd >= 0 && signalLedGroup(leader.pidfd, 0) === "done" }));
      const found = leftOvers(seen.map(({ look }) => look), lineages, known);
      const listed = new Set(found.slice(0, LISTED_MAX).map(({ pid }) => pid));
      for (const held of seen) {
        const leftOver = listed.has(held.look.pid) ? found.find(({ pid }) => pid === held.look.pid) : undefined;
        if (leftOver !== undefined && held.pidfd >= 0) this.#held.set(held.look.pid, { ...held, known: leftOver });
        else if (held.pidfd >= 0 && this.#held.get(held.look.pid)?.pidfd !== held.pidfd) closeFd(held.pidfd);
      }
      // The group has members, and none of them was met, not even a dead one.
      const isMissed = found.length === 0 && lineages.some(({ group, isPinned }) => isPinned && !seen.some(({ look }) => look.group === group));
      if (!isMissed || looks === LOOKS_MAX) return censusOf(kill, found);
      if (kill) for (const { pidfd } of this.#leaders) if (pidfd >= 0) signalLedGroup(pidfd, SIGKILL);
    }
  }

  /** Members of the groups, those that are known already, and all that these have begotten. */
  #look(kill: boolean): Held[] {
    const seen = new Map<number, Held>();
    const limit = kill ? LISTED_MAX : COUNTED_MAX;
    const queue = [...this.#held.keys(), ...groupMembers(this.#leaders.map(({ group }) => group))];
    for (let pid = queue.shift(); pid !== undefined && seen.size < limit; pid = queue.shift()) {
      if (seen.has(pid) || pid === process.pid || pid === 1) continue;
      const held = kill ? this.#hold(pid) : lookOnly(pid);
      if (held === undefined) continue;
      seen.set(pid, held);
      queue.push(...childrenOf(pid));
    }
    return [...seen.values()];
  }

  /** The look is at the process of the pidfd: that was there before, and is after. */
  #hold(pid: number): Held | undefined {
    const before = this.#held.get(pid);
    let pidfd = before?.pidfd ?? -1;
    try {
      if (pidfd < 0) pidfd = pidfdOpen(pid);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return error.code === "ESRCH" ? undefined : lookOnly(pid); // no descriptors: it is there all the same
    }
    const look = lookAt(pid);
    if (look !== undefined && isThere(pidfd)) return { pidfd, look };
    if (before !== undefined) this.#drop(before);
    else if (pidfd >= 0) closeFd(pidfd);
    return undefined;
  }
}

function lookOnly(pid: number): Held | undefined {
  const look = lookAt(pid);
  return look === undefined ? undefined : { pidfd: -1, look };
}

/** Alive, or a zombie. */
function isThere(pidfd: number): boolean {
  try {
    pidfdKill(pidfd, 0);
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return error.code !== "ESRCH";
  }
}
