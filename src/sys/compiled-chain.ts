import { addon } from "./addon.ts";
import { errorCode, SystemError } from "./errors.ts";
import { STAGES, type SpawnOut } from "./process.ts";

/** What a child does before its exec; texts are byte strings. Whatever fails is left to the program that it stands for. */
export type Step =
  | { readonly type: "chdir"; readonly path: string }
  | { readonly type: "umask"; readonly mask: number }
  | { readonly type: "move"; readonly from: number; readonly to: number; readonly copy: boolean }
  | { readonly type: "close"; readonly fd: number }
  | { readonly type: "swap"; readonly one: number; readonly other: number }
  | { readonly type: "block"; readonly fd: number; readonly nonblocking: boolean }
  /** One that would wait for another process fails. */
  | { readonly type: "open"; readonly fd: number; readonly file: string; readonly flags: number; readonly blocks: boolean }
  | { readonly type: "pipe"; readonly readEnd: number; readonly writeEnd: number }
  | { readonly type: "groups"; readonly groups: readonly number[] }
  | { readonly type: "gid"; readonly gid: number }
  | { readonly type: "uid"; readonly uid: number }
  /** `value` undefined: as much as the mode allows. */
  | { readonly type: "limit"; readonly resource: number; readonly mode: "soft" | "hard" | "both"; readonly value: bigint | undefined }
  /** Both, as they were computed before. */
  | { readonly type: "limits"; readonly resource: number; readonly soft: bigint; readonly hard: bigint }
  | { readonly type: "session" }
  | { readonly type: "group" }
  /** `fd` undefined: the lowest that is free. One that is held fails. */
  | { readonly type: "lock"; readonly file: string; readonly fd: number | undefined; readonly isShared: boolean }
  /** In place of descriptor 0; `backlog` 0: nobody listens. */
  | {
    readonly type: "socket"; readonly path: string; readonly isDatagram: boolean; readonly nonblocking: boolean; readonly reuse: boolean;
    readonly backlog: number; readonly mode: number;
  };

/** A program and what it gets; `argv` and `environment` are handed over as they are. */
export interface Image {
  readonly file: string;
  readonly argv: readonly string[];
  readonly environment: readonly string[];
}

export interface CompiledChain {
  /** Each with what becomes of the child when it fails: a number in `images`. */
  readonly steps: readonly { readonly step: Step; readonly image: number }[];
  readonly images: readonly Image[];
  /** What is executed at last: the first of these files that can be. */
  readonly end: Omit<Image, "file"> & { readonly files: readonly string[] };
  /** Executed when none of them can be. Three digits as argv[1] become errno. */
  readonly failure: Image | undefined;
}

const KINDS = [
  "chdir", "umask", "move", "close", "swap", "block", "open", "pipe", "groups", "gid", "uid", "limit", "session", "group", "lock", "limits", "socket",
] as const satisfies readonly Step["type"][];
const MODES = ["soft", "hard", "both"] as const;
const HEADER_WORDS = 12;
const STEP_WORDS = 8;
/** Their place. */
export const DIGITS = "000";
const LOW_HALF = 0xffffffffn;

/** The form that native/chain/check.c reads. */
class Encoder {
  readonly #texts: string[] = [];
  #size = 0;
  readonly #vectors: number[] = [];
  readonly #known = new Map<readonly string[], number>();

  text(text: string): number {
    const at = this.#size;
    this.#texts.push(text);
    this.#size += text.length + 1;
    return at;
  }

  vector(words: readonly string[]): number {
    const known = this.#known.get(words);
    if (known !== undefined) return known;
    const index = this.#vectors.length / 2;
    this.#vectors.push(this.#size, words.length);
    for (const word of words) this.text(word);
    this.#known.set(words, index);
    return index;
  }

  /** Where a vector begins. */
  offsetOf(words: readonly string[]): number {
    return this.#vectors[2 * this.vector(words)] ?? 0;
  }

  get vectors(): readonly number[] {
    return this.#vectors;
  }

  /** @throws SystemError EINVAL for a NUL */
  get bytes(): Uint8Array {
    if (this.#texts.some((text) => text.includes("\0"))) throw new SystemError("exec", undefined, "EINVAL");
    return Buffer.from(`${this.#texts.join("\0")}\0`, "latin1");
  }
}

function encode({ steps, images, end, failure }: CompiledChain): { words: Int32Array; texts: Uint8Array } {
  const encoder = new Encoder();
  const all = failure === undefined ? images : [...images, failure];
  const imageTable = all.flatMap(({ file, argv, environment }) => [encoder.text(file), encoder.vector(argv), encoder.vector(environment)]);
  const stepWords = steps.map(({ step, image }) => {
    const words = [KINDS.indexOf(step.type), image, ...operands(step, encoder)];
    return [...words, ...Array.from({ length: STEP_WORDS - words.length }, () => 0)];
  });
  const candidates = end.files.map((file) => encoder.text(file));
  const [argv, environment] = [encoder.vector(end.argv), encoder.vector(end.environment)];
  const digits = failure?.argv[1] !== DIGITS ? -1 : encoder.offsetOf(failure.argv) + (failure.argv[0] ?? "").length + 1;

  const candidatesAt = HEADER_WORDS + STEP_WORDS * steps.length;
  const imagesAt = candidatesAt + candidates.length;
  const vectorsAt = imagesAt + imageTable.length;
  let listsAt = vectorsAt + encoder.vectors.length;
  for (const [index, { step }] of steps.entries()) {
    const words = stepWords[index];
    if (step.type !== "groups" || words === undefined) continue;
    words[3] = listsAt;
    listsAt += step.groups.length;
  }
  const header = [
    steps.length, HEADER_WORDS, candidates.length, candidatesAt, argv, environment, failure === undefined ? -1 : images.length,
    all.length, imagesAt, encoder.vectors.length / 2, vectorsAt, digits,
  ];
  const lists = steps.flatMap(({ step }) => (step.type === "groups" ? step.groups : []));
  return { words: Int32Array.from([...header, ...stepWords.flat(), ...candidates, ...imageTable, ...encoder.vectors, ...lists]), texts: encoder.bytes };
}

function operands(step: Step, encoder: Encoder): readonly number[] {
  switch (step.type) {
    case "chdir": return [encoder.text(step.path)];
    case "umask": return [step.mask];
    case "move": return [step.from, step.to, Number(step.copy)];
    case "close": return [step.fd];
    case "swap": return [step.one, step.other];
    case "block": return [step.fd, Number(step.nonblocking)];
    case "open": return [step.fd, step.flags, Number(step.blocks), encoder.text(step.file)];
    case "pipe": return [step.readEnd, step.writeEnd];
    case "groups": return [step.groups.length]; // and where they are, when that is known
    case "gid": return [step.gid];
    case "uid": return [step.uid];
    case "limit": {
      const value = step.value ?? 0n;
      return [step.resource, MODES.indexOf(step.mode), Number(step.value === undefined), Number(value & LOW_HALF), Number(value >> 32n)];
    }
    case "limits": return [step.resource, Number(step.soft & LOW_HALF), Number(step.soft >> 32n), Number(step.hard & LOW_HALF), Number(step.hard >> 32n)];
    case "session": case "group": return [];
    case "socket":
      return [
        Number(step.isDatagram) | (Number(step.nonblocking) << 1) | (Number(step.reuse) << 2), step.backlog, step.mode, encoder.text(step.path),
      ];
    case "lock": return [step.fd ?? -1, Number(step.isShared), 0, encoder.text(step.file)];
  }
}

const NOTHING: readonly string[] = [];
/** By length: typed arrays are dear to make. */
const scratch: Int32Array[] = [];

/** Source and target of each; good until the next call. */
function pairsOf(map: ReadonlyMap<number, number>): Int32Array {
  const pairs = (scratch[map.size] ??= new Int32Array(2 * map.size));
  let at = 0;
  for (const [target, source] of map) {
    pairs[at++] = source;
    pairs[at++] = target;
  }
  return pairs;
}

/** A chain may be started many times. */
const encoded = new WeakMap<CompiledChain, ReturnType<typeof encode>>();

/** As native/chain reads it. @throws SystemError EINVAL for a NUL */
export function encodedChain(chain: CompiledChain): { readonly words: Int32Array; readonly texts: Uint8Array } {
  let known = encoded.get(chain);
  if (known === undefined) encoded.set(chain, (known = encode(chain)));
  return known;
}

/**
 * Starts a compiled chain, like `spawn`. @returns the pid
 * @throws SystemError whose syscall is clone, chdir, dup2 or exec
 */
export function spawnCompiled(dirFd: number, chain: CompiledChain, map: ReadonlyMap<number, number>, flags: number, out: SpawnOut): number {
  const { words, texts } = encodedChain(chain);
  const result = addon.spawn(dirFd, "", NOTHING, pairsOf(map), flags, out, NOTHING, words, texts);
  if (result < 0) throw new SystemError(STAGES[out[2] ?? 0] ?? "spawn", chain.end.argv[0], errorCode(-result));
  return result;
}
