import { realpathSync } from "node:fs";
import { formatPointer, type JournalPointer, parsePointer, POINTER_PATH } from "../store/pointer.ts";
import { type Claimant, Registry } from "../store/registry.ts";
import { AT_FDCWD, readFileAt } from "../sys/files.ts";
import type { SupervisorSpec } from "./protocol.ts";

type Identity = Pick<SupervisorSpec, "serviceId" | "pointer">;

const NOT_JOURNALLED: Identity = { serviceId: null, pointer: null };
const POINTER_BYTES_MAX = 8192;

/**
 * Which history belongs to the service of a slot. A registry that cannot be used costs the history and nothing else:
 * one warning, and the services run without.
 */
export class ServiceIds {
  readonly #dir: string | null;
  readonly #warn: (text: string) => void;
  readonly #bySlot = new Map<number, Identity>();
  #registry: Registry | undefined;
  #silenced = false;

  /** `dir` null: no journal is wanted. */
  constructor(dir: string | null, warn: (text: string) => void) {
    this.#dir = dir;
    this.#warn = warn;
  }

  /** Gives ids to the services of these slots that have none; names are paths from the scan directory. */
  identify(services: readonly { readonly slot: number; readonly name: string }[]): void {
    if (this.#dir === null) return;
    try {
      const fresh = services.filter(({ slot }) => !this.#bySlot.has(slot)).flatMap((service) => claimantOf(service));
      if (fresh.length === 0) return;
      this.#registry ??= Registry.open(this.#dir);
      for (const [index, pointer] of this.#registry.claim(fresh).entries()) {
        const slot = fresh[index]?.slot;
        if (slot !== undefined) this.#bySlot.set(slot, { serviceId: pointer.id, pointer: formatPointer(pointer) });
      }
      this.#silenced = false;
    } catch (error) {
      if (this.#silenced) return;
      this.#silenced = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#warn(`no history is kept of the services that start now: ${reason}`);
    }
  }

  of(slot: number): Identity {
    return this.#bySlot.get(slot) ?? NOT_JOURNALLED;
  }

  forget(slot: number): void {
    const id = this.#bySlot.get(slot)?.serviceId;
    this.#bySlot.delete(slot);
    if (id !== undefined && id !== null) this.#registry?.release(id);
  }
}

/** Nothing for a directory that is gone or closed to us by now: its supervisor will say so. */
function claimantOf({ slot, name }: { slot: number; name: string }): (Claimant & { readonly slot: number })[] {
  try {
    return [{ slot, name, path: realpathSync.native(name), pointer: readPointer(name) }];
  } catch {
    return [];
  }
}

function readPointer(name: string): JournalPointer | undefined {
  const bytes = readFileAt(AT_FDCWD, `${name}/${POINTER_PATH}`, POINTER_BYTES_MAX);
  return bytes === undefined ? undefined : parsePointer(Buffer.from(bytes).toString("utf8"));
}
