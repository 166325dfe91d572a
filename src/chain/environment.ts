import { type Bytes, bytesOf } from "../formats/bytes.ts";
import { parseUint } from "../formats/uint.ts";

/** $EXECLINE_STRICT as a number: what it is without a value, or with a wrong one, too. */
export const strictnessOf = (value: string | undefined): number => parseUint(value ?? "") ?? 0;

/** The environment of the next program. Names and values are byte strings. */
export class Environment {
  readonly #values = new Map<string, string>();
  /** As they were given: what nobody changes is handed on as it is, doubles and all. undefined: somebody has. */
  #given: readonly string[] | undefined;
  /** What texts() said last; undefined: something has changed since. */
  #made: readonly string[] | undefined;
  /** What is no NAME=VALUE goes along as it is. */
  #others: string[] = [];

  constructor(entries: readonly string[]) {
    this.reset(entries);
  }

  /** Becomes these. */
  reset(entries: readonly string[]): void {
    this.#values.clear();
    this.#others = [];
    this.#given = entries;
    this.#made = undefined;
    for (const entry of entries) {
      const equals = entry.indexOf("=");
      const name = entry.slice(0, equals);
      if (equals < 0) this.#others.push(entry);
      else if (!this.#values.has(name)) this.#values.set(name, entry.slice(equals + 1));
    }
  }

  names(): IterableIterator<string> {
    return this.#values.keys();
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** $EXECLINE_STRICT. */
  get strictness(): number {
    return strictnessOf(this.get("EXECLINE_STRICT"));
  }

  /** undefined removes it. */
  set(name: string, value: string | undefined): void {
    this.#given = undefined;
    this.#made = undefined;
    if (value === undefined) this.#values.delete(name);
    else this.#values.set(name, value);
  }

  clear(keep: readonly string[]): void {
    this.#given = undefined;
    this.#made = undefined;
    this.#others = [];
    for (const name of [...this.names()]) if (!keep.includes(name)) this.#values.delete(name);
  }

  copy(): Environment {
    return new Environment(this.texts());
  }

  /** NAME=VALUE. */
  texts(): readonly string[] {
    this.#made ??= this.#given ?? [...this.#others, ...Array.from(this.#values, ([name, value]) => `${name}=${value}`)];
    return this.#made;
  }

  /** For an exec. */
  entries(): Bytes[] {
    return this.texts().map(bytesOf);
  }
}
