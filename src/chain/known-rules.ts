import { stampsOf } from "../sys/definition.ts";
import { type AccessRules, type LooksAt, openAccessRules, type RuleSource } from "./access-rules.ts";

interface Database {
  readonly rules: AccessRules;
  /** What stat told before it was read; undefined: nothing that can be relied on. */
  readonly stamp: Uint32Array | undefined;
}

/** Command lines may name others each time. */
const MOST_DATABASES = 16;

/** The rules that a server looks at for each connection: a database is read again when stat tells that it is another one. */
export class KnownRules {
  readonly #dirFd: number;
  readonly #databases = new Map<string, Database>();

  /** `dirFd`: what relative paths begin at. */
  constructor(dirFd: number) {
    this.#dirFd = dirFd;
  }

  /** `looksAt` is told what it depends on. @throws SystemError */
  rulesIn(source: RuleSource, looksAt?: LooksAt): AccessRules {
    if (source.type === "directory") return openAccessRules(source, this.#dirFd, looksAt);
    looksAt?.(source.path);
    const known = this.#databases.get(source.path);
    // Before it is read: what comes in between is seen the next time.
    const stamp = stampsOf(this.#dirFd, [source.path]);
    if (known?.stamp !== undefined && stamp !== undefined && known.stamp.every((word, index) => word === stamp[index])) return known.rules;
    this.#databases.delete(source.path);
    const rules = openAccessRules(source, this.#dirFd);
    if (this.#databases.size >= MOST_DATABASES) this.#databases.clear();
    this.#databases.set(source.path, { rules, stamp });
    return rules;
  }
}
