import { hintForDescriptor, hintForValue, isDescriptorFile, isValueFile } from "../diagnosis/values.ts";
import { DEFAULT_MAX_DEATHS, MAX_DEATHS } from "../formats/death-tally.ts";
import { parseSignal, signalNumber } from "../formats/signals.ts";
import { parseUint } from "../formats/uint.ts";
import type { StopPlan } from "../machines/supervise/facts.ts";
import type { Wish } from "../machines/supervise/step.ts";
import { SystemError } from "../sys/errors.ts";
import { exists, readFileAt } from "../sys/files.ts";
import type { Voice } from "./voice.ts";

/**
 * The configuration files of a service directory (s6 documentation, servicedir), read at the moment when s6 looks at
 * them and never remembered: an edit counts from the next moment of its kind. A file that is absent is silent; one
 * that is unreadable or nonsense draws a warning and the default applies.
 */
const UINT_BYTES = 11;
const SIGNAL_BYTES = 15;
const PIDFILE_BYTES = 512;
const CENSUS_BYTES = 15;
const DEFAULT_TIMEOUT_FINISH_MS = 5000;
/** Enough to see that there is more than s6 reads. */
const HINT_BYTES = 80;

export class ServiceFiles {
  readonly #dirFd: number;
  readonly #voice: Pick<Voice, "warn" | "hint" | "settled">;

  constructor(dirFd: number, voice: Pick<Voice, "warn" | "hint" | "settled">) {
    this.#dirFd = dirFd;
    this.#voice = voice;
  }

  /** What the machine wants to know before it takes a fact (`wants` of the machine). */
  answer(wish: Exclude<Wish, "census">): { stop?: StopPlan; signal?: number; killGroup?: boolean; maxDeaths?: number } {
    switch (wish) {
      case "stop":
        return { stop: { signal: this.#signal("down-signal", "TERM"), killAfterMs: this.#uint("timeout-kill") ?? 0 } };
      case "downSignal":
        return { signal: this.#signal("down-signal", "TERM") };
      case "reloadSignal":
        return { signal: this.#signal("reload-signal", "HUP") };
      case "killGroup":
        return { killGroup: this.has("flag-timeout-killpg") };
      case "maxDeaths":
        return { maxDeaths: Math.min(this.#uint("max-death-tally") ?? DEFAULT_MAX_DEATHS, MAX_DEATHS) };
    }
  }

  /** flag-census: what is to become of processes that are left over. undefined = nobody looks. */
  census(): "count" | "kill" | undefined {
    const word = this.#firstLine("flag-census", CENSUS_BYTES)?.trim();
    if (word !== undefined && word !== "" && word !== "count" && word !== "kill") this.#voice.warn("invalid flag-census");
    return word === undefined || word === "kill" ? word : "count";
  }

  timeoutFinishMs(): number {
    return this.#uint("timeout-finish") ?? DEFAULT_TIMEOUT_FINISH_MS;
  }

  /**
   * A descriptor number for run. undefined = none asked for, or asked for badly: 0 and numbers above the open files
   * limit draw a warning and count as absent, so that a service is never refused for its notification-fd.
   */
  descriptor(name: "notification-fd" | "lock-fd", limit: number): number | undefined {
    const value = this.#uint(name);
    if (value === undefined) return undefined;
    const hint = hintForDescriptor(name, value, limit);
    if (value === 0 || value >= limit) {
      this.#voice.warn(`invalid ${name}`, hint);
      return undefined;
    }
    if (hint === undefined) this.#voice.settled(name);
    else this.#voice.hint(hint); // s6 says nothing
    return value;
  }

  /** Path in ./pidfile, first line, below 512 bytes. */
  pidfile(): string | undefined {
    const path = this.#firstLine("pidfile", PIDFILE_BYTES);
    if (path === undefined) return undefined;
    if (path !== "" && Buffer.byteLength(path) < PIDFILE_BYTES && !path.includes("\0")) return path;
    this.#voice.warn("invalid pidfile");
    return undefined;
  }

  has(name: string): boolean {
    try {
      return exists(this.#dirFd, name);
    } catch (error) {
      this.#complain(`unable to access ${name}`, error);
      return false;
    }
  }

  #uint(name: string): number | undefined {
    const line = this.#firstLine(name, UINT_BYTES);
    if (line === undefined) return undefined;
    const value = parseUint(line);
    if (value === undefined) this.#invalid(name);
    else if (!isDescriptorFile(name)) this.#voice.settled(name);
    return value;
  }

  #signal(name: string, fallback: "TERM" | "HUP"): number {
    const line = this.#firstLine(name, SIGNAL_BYTES);
    if (line === undefined) return signalNumber(fallback);
    const signal = parseSignal(line);
    if (signal === undefined) this.#invalid(name);
    else this.#voice.settled(name);
    return signal ?? signalNumber(fallback);
  }

  /** What s6 could not use is read again to tell why. */
  #invalid(name: string): void {
    const content = this.#text(name, HINT_BYTES) ?? "";
    this.#voice.warn(`invalid ${name}`, isValueFile(name) ? hintForValue(name, content) : undefined);
  }

  #firstLine(name: string, maxBytes: number): string | undefined {
    return this.#text(name, maxBytes)?.split("\n", 1)[0];
  }

  #text(name: string, maxBytes: number): string | undefined {
    try {
      const bytes = readFileAt(this.#dirFd, name, maxBytes);
      return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    } catch (error) {
      this.#complain(`unable to read ${name}`, error);
      return undefined;
    }
  }

  #complain(what: string, error: unknown): void {
    if (!(error instanceof SystemError)) throw error;
    this.#voice.warn(`${what}: ${error.reason}`);
  }
}
