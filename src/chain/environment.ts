/** The environment of the next program. Names and values are bytes: each character stands for one. */
export class Environment {
  readonly #values = new Map<string, string>();
  /** What is no NAME=VALUE goes along as it is. */
  readonly #others: string[] = [];

  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const equals = entry.indexOf("=");
      const name = entry.slice(0, equals);
      if (equals < 0) this.#others.push(entry);
      else if (!this.#values.has(name)) this.#values.set(name, entry.slice(equals + 1));
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** undefined removes it. */
  set(name: string, value: string | undefined): void {
    if (value === undefined) this.#values.delete(name);
    else this.#values.set(name, value);
  }

  /** For an exec. */
  entries(): Uint8Array[] {
    return [...this.#others, ...Array.from(this.#values, ([name, value]) => `${name}=${value}`)].map((entry) => Buffer.from(entry, "latin1"));
  }
}
