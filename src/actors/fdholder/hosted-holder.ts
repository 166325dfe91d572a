import { otherwise, SystemError } from "../../sys/errors.ts";
import { setNonblock, writeFd } from "../../sys/files.ts";
import type { PackedDate } from "../../formats/fdholder.ts";
import { HostedWorld } from "../daemon/hosted-world.ts";
import type { Served } from "../shared-host/shared-host.ts";
import type { ThinProcess } from "../shared-host/thin-process.ts";
import type { Turns } from "../shared-host/turns.ts";
import type { HolderSetup } from "./fdholder.ts";
import { HolderLoop } from "./holder-loop.ts";
import type { Keeper, Kept } from "./keeper.ts";
import { KeptTable } from "./kept-table.ts";

/** What the thin process keeps: the table, and what is in its Nth slot. */
const LABEL = { table: 0, firstSlot: 1 } as const;
const STDOUT = 1;
/** Descriptors that the thin process needs itself, most of them to find another host. */
const HEADROOM = 16;

/**
 * s6-fdholderd whose process is a thin one, which keeps all that is held: whoever comes after this process goes on with it. What
 * was to go away in the very moment of a kill may still be there.
 *
 * @returns undefined where it can't be done here
 */
export function hostedHolder(thin: ThinProcess, turns: Turns, setup: HolderSetup, ended: () => void): Served | undefined {
  const table = tableOf(thin);
  if (table === undefined) return undefined;
  setNonblock(thin.stdin, true);
  const world = new HostedWorld(thin, turns, ended);
  const keeper = new ThinKeeper(thin, table);
  const kept = keeper.takeBack();
  const { softNofile } = thin.papers;
  const room = softNofile < 0 ? Number.POSITIVE_INFINITY : softNofile - HEADROOM - thin.inherited.length;
  const loop = new HolderLoop({ ...setup, mostHeld: Math.max(1, Math.min(setup.mostHeld, room)) }, world, setup.rules, keeper);
  if (!thin.wasTaken && setup.tellsReadiness) otherwise("again", () => writeFd(world.fd(STDOUT), Buffer.from("\n"))); // nobody may want to know
  world.close(STDOUT);
  loop.begin(kept);
  thin.take();
  return world.served(loop);
}

function tableOf(thin: ThinProcess): KeptTable | undefined {
  const before = thin.kept(LABEL.table);
  if (before !== undefined) return new KeptTable(before);
  try {
    const table = KeptTable.make();
    thin.keep(LABEL.table, thin.own(table.fd));
    return table;
  } catch (error) {
    if (error instanceof SystemError) return undefined; // no descriptors, no memory: it may have more luck alone
    throw error;
  }
}

/** Each has a slot in the table, and the label of that slot at the thin process. */
class ThinKeeper implements Keeper {
  readonly #thin: ThinProcess;
  readonly #table: KeptTable;
  /** token → slot */
  readonly #slots = new Map<number, number>();
  #free: number[] = [];
  #next = 0;
  /** Slots of those that are told to us first. */
  #before: number[] = [];

  constructor(thin: ThinProcess, table: KeptTable) {
    this.#thin = thin;
    this.#table = table;
  }

  /** What a predecessor has left, in the order in which it came. The descriptors are the caller's. */
  takeBack(): readonly Kept[] {
    const slots = this.#thin.keptLabels.filter((label) => label >= LABEL.firstSlot).map((label) => label - LABEL.firstSlot);
    this.#next = 1 + Math.max(-1, ...slots);
    const entries = slots.map((slot) => this.#table.get(slot)).filter((entry) => entry !== undefined).sort((one, other) => one.token - other.token);
    // Of two with one id the later has replaced the earlier.
    const latest = [...new Map(entries.map((entry) => [entry.id, entry])).values()].sort((one, other) => one.token - other.token);
    this.#before = latest.map(({ slot }) => slot);
    const used = new Set(this.#before);
    for (let slot = 0; slot < this.#next; slot++) if (!used.has(slot)) this.#letGo(slot);
    return latest.map(({ slot, id, date }) => ({ id, date, fd: this.#thin.give(this.#thin.kept(LABEL.firstSlot + slot) ?? -1) }));
  }

  kept(token: number, fd: number, id: string, expiry: PackedDate): void {
    const known = this.#before.shift();
    const slot = known ?? this.#freeSlot();
    this.#slots.set(token, slot);
    this.#table.set(slot, token, id, expiry);
    if (known === undefined) this.#thin.keep(LABEL.firstSlot + slot, fd);
  }

  dropped(token: number): void {
    const slot = this.#slots.get(token);
    if (slot === undefined) return;
    this.#slots.delete(token);
    this.#letGo(slot);
  }

  /** Not one that is still to be dropped: a successor would find the old descriptor under the new name. */
  #freeSlot(): number {
    return (this.#thin.isBehind ? undefined : this.#free.pop()) ?? this.#next++;
  }

  #letGo(slot: number): void {
    this.#table.clear(slot);
    this.#thin.drop(LABEL.firstSlot + slot);
    this.#free.push(slot);
  }
}
