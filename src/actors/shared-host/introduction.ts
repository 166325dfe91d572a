import type { Packet } from "../../sys/packets.ts";

/** What a thin process says of itself (native/launcher/introduce.c tells the packets). */
export interface Introduction {
  readonly papers: number;
  readonly stdio: readonly [stdin: number, stdout: number, stderr: number];
  readonly cwd: number;
  /** Its number → ours. */
  readonly inherited: ReadonlyMap<number, number>;
  /** By their labels. */
  readonly kept: ReadonlyMap<number, number>;
  readonly children: readonly KnownChild[];
  /** A host has begun its work: another one goes on. */
  readonly wasTaken: boolean;
}

/** A child that an earlier host has started. */
export interface KnownChild {
  readonly id: number;
  readonly pid: number;
  readonly tag: number;
}

const VERSION = 2;
const HEADER_WORDS = 6;
const FIXED = 5;
const CHILD_WORDS = 3;

/** The letter and what follows it; empty: no packet of words. */
export function wordsOf({ bytes }: Pick<Packet, "bytes">): Int32Array {
  const words = new Int32Array(bytes.length >> 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let index = 0; index < words.length; index++) words[index] = view.getInt32(4 * index, true);
  return bytes.length % 4 === 0 ? words : new Int32Array(0);
}

export const letterOf = (words: Int32Array): string => String.fromCharCode(words[0] ?? 0);

/** Puts the packets of an introduction together. All descriptors that came stay the caller's. */
export class IntroductionReader {
  readonly #fds: number[] = [];
  readonly #inherited = new Map<number, number>();
  readonly #kept = new Map<number, number>();
  readonly #children: KnownChild[] = [];
  #fixed: readonly number[] | undefined;
  #keptCount = 0;
  #childCount = 0;
  #wasTaken = false;

  /** All that have come. */
  get fds(): readonly number[] {
    return this.#fds;
  }

  /** undefined: it is none that we understand. */
  take(packet: Packet): Introduction | "more" | undefined {
    this.#fds.push(...packet.fds);
    const words = wordsOf(packet);
    if (!this.#isGood(letterOf(words), words, packet.fds)) return undefined;
    if (this.#kept.size < this.#keptCount || this.#children.length < this.#childCount) return "more";
    const [papers = -1, stdin = -1, stdout = -1, stderr = -1, cwd = -1] = this.#fixed ?? [];
    return { papers, stdio: [stdin, stdout, stderr], cwd, inherited: this.#inherited, kept: this.#kept, children: this.#children, wasTaken: this.#wasTaken };
  }

  #isGood(letter: string, words: Int32Array, fds: readonly number[]): boolean {
    if (this.#fixed === undefined) return letter === "H" && this.#begin(words, fds);
    switch (letter) {
      case "L": return this.#addKept(words.subarray(1), fds);
      case "B": return fds.length === 0 && this.#addChildren(words.subarray(1));
      default: return false;
    }
  }

  #begin(words: Int32Array, fds: readonly number[]): boolean {
    const [, version, inherited = -1, kept = -1, children = -1, wasTaken = 0] = words;
    if (version !== VERSION || inherited < 0 || kept < 0 || children < 0) return false;
    if (words.length !== HEADER_WORDS + inherited || fds.length !== FIXED + inherited) return false;
    this.#fixed = fds.slice(0, FIXED);
    this.#keptCount = kept;
    this.#childCount = children;
    this.#wasTaken = wasTaken !== 0;
    return fill(this.#inherited, words.subarray(HEADER_WORDS), fds.slice(FIXED));
  }

  #addKept(labels: Int32Array, fds: readonly number[]): boolean {
    return labels.length > 0 && labels.length === fds.length && fill(this.#kept, labels, fds) && this.#kept.size <= this.#keptCount;
  }

  #addChildren(words: Int32Array): boolean {
    if (words.length === 0 || words.length % CHILD_WORDS !== 0) return false;
    for (let at = 0; at < words.length; at += CHILD_WORDS) {
      const [id = 0, pid = 0, tag = 0] = words.subarray(at);
      this.#children.push({ id, pid, tag: tag >>> 0 });
    }
    return this.#children.length <= this.#childCount;
  }
}

/** False: a key came twice. */
function fill(map: Map<number, number>, keys: Int32Array, fds: readonly number[]): boolean {
  const before = map.size;
  for (const [index, key] of keys.entries()) map.set(key, fds[index] ?? -1);
  return map.size === before + keys.length;
}
