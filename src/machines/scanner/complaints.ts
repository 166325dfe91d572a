import type { Draft } from "./draft.ts";
import { RETRY_MS, type ScannerConfig } from "./state.ts";

const NAMES_SHOWN = 5;

/** Warnings of one scan. A scan that nobody asked for says only what the one before it did not say. */
export class Complaints {
  readonly #draft: Draft;
  readonly #loud: boolean;
  readonly #said = new Set<string>();
  readonly #refused = { services: [] as string[], descriptors: [] as string[] };

  constructor(draft: Draft, loud: boolean) {
    this.#draft = draft;
    this.#loud = loud;
  }

  add(text: string): void {
    if (!this.#said.has(text) && (this.#loud || !this.#draft.get("warned").has(text))) this.#draft.warn(text);
    this.#said.add(text);
  }

  refuse(limit: "services" | "descriptors", name: string): void {
    this.#refused[limit].push(name);
  }

  get refusals(): number {
    return this.#refused.services.length + this.#refused.descriptors.length;
  }

  finish(config: ScannerConfig): void {
    const retry = `(retrying in ${RETRY_MS.tooMany / 1000} seconds)`;
    const { services, descriptors } = this.#refused;
    if (services.length > 0) {
      this.add(`too many services, the maximum is ${config.maxServices} (see -C): not starting ${list(services)} ${retry}`);
    }
    if (descriptors.length > 0) {
      const limit = `the open files limit leaves ${config.maxDescriptors} descriptors for services`;
      this.add(`too many services: ${limit}, not starting ${list(descriptors)} ${retry}`);
    }
    this.#draft.set({ warned: this.#said });
  }
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}
