import { parseUint, parseUints } from "../formats/uint.ts";
import type { Credentials } from "../sys/credentials.ts";
import { ExitError, known } from "./failures.ts";

/** -u, -g, -G and -U (s6 documentation, s6-applyuidgid), in the order in which they were given. */
export class CredentialOptions implements Credentials {
  uid = 0;
  gid = 0;
  groups: readonly number[] | undefined = undefined;
  readonly #getenv: (name: string) => string | undefined;

  constructor(getenv: (name: string) => string | undefined = (name) => process.env[name]) {
    this.#getenv = getenv;
  }

  takeAll(options: readonly { readonly name: "u" | "g" | "G" | "U"; readonly value: string }[]): this {
    for (const { name, value } of options) this.take(name, value);
    return this;
  }

  take(name: "u" | "g" | "G" | "U", value: string): void {
    switch (name) {
      case "u": this.uid = known(parseUint(value)); break;
      case "g": this.gid = known(parseUint(value)); break;
      case "G": this.groups = known(parseUints(value)); break;
      case "U":
        this.uid = this.#fromEnvironment("UID", parseUint);
        this.gid = this.#fromEnvironment("GID", parseUint);
        this.groups = this.#fromEnvironment("GIDLIST", parseUints);
    }
  }

  #fromEnvironment<T>(name: string, parse: (text: string) => T | undefined): T {
    const text = this.#getenv(name);
    if (text === undefined) throw new ExitError(100, `${name} not set`);
    const value = parse(text);
    if (value === undefined) throw new ExitError(100, `invalid $${name}`);
    return value;
  }
}
