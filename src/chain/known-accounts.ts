import { AT_FDCWD } from "../sys/files.ts";
import type { CompileSetting } from "./compile.ts";
import { ACCOUNT_FILES, Dependencies } from "./dependencies.ts";

type Accounts = Pick<CompileSetting["sys"], "areAccountsLocal" | "groupByName" | "groupsOf" | "userByName">;

/**
 * Accounts as they were found the last time, for as long as the files that they are in are the same: hundreds of services
 * have the same few. Only for those that are in files (`areAccountsLocal`).
 */
export function knownAccounts(sys: Accounts): Accounts {
  let files: Dependencies | undefined;
  const known = new Map<string, unknown>();
  const remembered = <T>(key: string, ask: () => T): T => {
    if (files?.areTheSame() !== true) {
      known.clear();
      files = new Dependencies(AT_FDCWD);
      files.add(...ACCOUNT_FILES);
      files.seal();
    }
    if (!known.has(key)) known.set(key, ask());
    return known.get(key) as T;
  };
  return {
    areAccountsLocal: () => remembered("local", () => sys.areAccountsLocal()),
    groupByName: (name) => remembered(`group ${name}`, () => sys.groupByName(name)),
    groupsOf: (name) => remembered(`groups ${name}`, () => sys.groupsOf(name)),
    userByName: (name) => remembered(`user ${name}`, () => sys.userByName(name)),
  };
}
