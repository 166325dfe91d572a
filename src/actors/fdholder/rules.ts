import { importedValue, importLimit, isVariable } from "../../chain/envdir.ts";
import { readPlainFilesOf } from "../../sys/directory-bytes.ts";
import { unless } from "../../sys/errors.ts";
import { mayAccess } from "../../sys/file-facts.ts";
import { getegid, geteuid } from "../../sys/process.ts";
import type { RuleVariables } from "./rights.ts";

/** What access rules say about somebody. */
export type Verdict =
  | { readonly type: "allow"; readonly variables: RuleVariables; readonly hasExec: boolean }
  | { readonly type: "deny" };

/** Where access rules are looked up. */
export interface Rules {
  /** @throws SystemError */
  check(uid: number, gid: number): Verdict;
  /** What changed since the start counts from now on; when that fails, what was there before does. @throws SystemError */
  reload(): void;
}

/** DIR/uid/0/allow and so on. */
export class RulesDirectory implements Rules {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  check(uid: number, gid: number): Verdict {
    for (const key of keysFor(uid, gid)) {
      const directory = `${this.#path}/${key}`;
      if (mayAccess(`${directory}/allow`, "read")) {
        const rules = { mayBeMissing: true, chomp: true, verbatim: false, limited: true, nullText: "\n" };
        const files = unless(["ENOENT"], () => readPlainFilesOf(`${directory}/env`, isVariable, importLimit(rules))) ?? [];
        const values = files.map(({ name, content }) => [name, importedValue(content, rules)] as const);
        return { type: "allow", variables: new Map(values.filter((entry): entry is [string, string] => entry[1] !== undefined)), hasExec: mayAccess(`${directory}/exec`, "read") };
      }
      if (mayAccess(`${directory}/deny`, "read")) return { type: "deny" };
    }
    return { type: "deny" };
  }

  reload(): void {
    // it is looked at for every client
  }
}

const keysFor = (uid: number, gid: number): string[] => [
  ...(uid === geteuid() ? ["uid/self"] : []), `uid/${uid}`,
  ...(gid === getegid() ? ["gid/self"] : []), `gid/${gid}`, "uid/default",
];
