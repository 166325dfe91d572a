import { type AccessRule, type Ids, MOST_EXEC_BYTES, parseEntry, RuleError, ruleKeys } from "../formats/access-rules.ts";
import { type Bytes, byteString, bytesOf } from "../formats/bytes.ts";
import { CdbError, findInCdb } from "../formats/cdb.ts";
import { readPlainFile, readPlainFilesOf } from "../sys/directory-bytes.ts";
import { SystemError, unless } from "../sys/errors.ts";
import { AT_FDCWD, mayAccessAt, readFileAt } from "../sys/files.ts";
import { importedValue, importLimit, isVariable } from "./envdir.ts";
import type { ImportRules } from "./operation.ts";

/** Where rules are kept; `path` is a byte string. */
export interface RuleSource {
  readonly type: "directory" | "cdb";
  readonly path: string;
}

export type Verdict = AccessRule | { readonly type: "unknown" };

/**
 * Rules that somebody may change at any time: a directory is looked at for each question, a database is what it was when it was
 * opened or reloaded last.
 */
export interface AccessRules {
  /** Nothing that goes wrong here may let anybody in. @throws SystemError */
  lookup(client: Ids, own: Ids): Verdict;
  /** What was known before stays when it fails. @throws SystemError */
  reload(): void;
}

/** `dirFd`: what a relative path begins at; `looksAt`: is told of what a directory is asked for. @throws SystemError */
export const openAccessRules = ({ type, path }: RuleSource, dirFd = AT_FDCWD, looksAt: LooksAt = () => undefined): AccessRules =>
  type === "cdb" ? new CdbRules(path, dirFd) : new DirectoryRules(path, dirFd, looksAt);

/** A byte string. */
export type LooksAt = (path: string) => void;

/** The variables of a rule in a directory: as s6-envdir imports without options. */
export const RULE_VARIABLES: ImportRules = { mayBeMissing: true, chomp: true, verbatim: false, limited: true, nullText: "\n" };
/** More than any set of rules has. */
const MOST_CDB_BYTES = 256 * 1024 * 1024;

class DirectoryRules implements AccessRules {
  readonly #path: string;
  readonly #dirFd: number;
  readonly #looksAt: LooksAt;

  constructor(path: string, dirFd: number, looksAt: LooksAt) {
    this.#path = path;
    this.#dirFd = dirFd;
    this.#looksAt = looksAt;
  }

  lookup(client: Ids, own: Ids): Verdict {
    for (const key of ruleKeys(client, own)) {
      // Most keys have no rule: one question is enough for them.
      if (!this.#may(key, "exists")) continue;
      if (this.#may(`${key}/allow`, "read")) return { type: "allow", env: this.#env(`${key}/env`), exec: this.#exec(`${key}/exec`) };
      if (this.#may(`${key}/deny`, "read")) return { type: "deny" };
    }
    return { type: "unknown" };
  }

  reload(): void {
    // Nothing is kept.
  }

  #may(name: string, right: "exists" | "read"): boolean {
    const path = `${this.#path}/${name}`;
    this.#looksAt(path);
    return mayAccessAt(this.#dirFd, bytesOf(path), right);
  }

  #env(name: string): Extract<AccessRule, { type: "allow" }>["env"] {
    if (!this.#may(name, "exists")) return [];
    const files = unless(["ENOENT"], () => readPlainFilesOf(this.#pathOf(name), isVariable, importLimit(RULE_VARIABLES))) ?? [];
    for (const file of files) this.#looksAt(`${this.#path}/${name}/${file.name}`);
    return files.map((file) => [file.name, importedValue(file.content, RULE_VARIABLES)] as const);
  }

  #exec(name: string): string | undefined {
    if (!this.#may(name, "exists")) return undefined;
    const text = unless(["ENOENT", "EACCES"], () => readPlainFile(this.#pathOf(name), MOST_EXEC_BYTES));
    return text === "" ? undefined : text;
  }

  #pathOf(name: string): Bytes {
    return seenFrom(this.#dirFd, `${this.#path}/${name}`);
  }
}

class CdbRules implements AccessRules {
  readonly #path: string;
  readonly #dirFd: number;
  #file: Uint8Array;

  constructor(path: string, dirFd: number) {
    this.#path = path;
    this.#dirFd = dirFd;
    this.#file = this.#read();
  }

  lookup(client: Ids, own: Ids): Verdict {
    try {
      for (const key of ruleKeys(client, own)) {
        const entry = findInCdb(this.#file, Buffer.from(key));
        const rule = entry === undefined ? undefined : parseEntry(byteString(entry));
        if (rule !== undefined) return rule;
      }
      return { type: "unknown" };
    } catch (error) {
      if (error instanceof CdbError || error instanceof RuleError) throw new SystemError("find in", this.#path, "EINVAL", { cause: error });
      throw error;
    }
  }

  reload(): void {
    this.#file = this.#read();
  }

  #read(): Uint8Array {
    const file = readFileAt(this.#dirFd, bytesOf(this.#path), MOST_CDB_BYTES + 1);
    if (file === undefined) throw new SystemError("read", this.#path, "ENOENT");
    if (file.length > MOST_CDB_BYTES) throw new SystemError("read", this.#path, "EFBIG");
    return file;
  }
}

const seenFrom = (dirFd: number, path: string): Bytes => bytesOf(path.startsWith("/") || dirFd === AT_FDCWD ? path : `/proc/self/fd/${dirFd}/${path}`);
