import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint, parseUints } from "../formats/uint.ts";
import type { AccountIds, AccountRules, Link } from "./operation.ts";

/** s6-envuidgid [ -i | -D uid:gid:gidlist ] [ -u | -g | -B ] [ -n ] account prog... */
export function parseEnvuidgid(args: readonly string[]): Link {
  const { options, operands: [account, ...rest] } = parseOptions(args, "iD:ugBn");
  let mode: AccountRules["mode"] = "list";
  let numeric = false;
  let otherwise: AccountIds | undefined;
  for (const { name, value } of options) {
    switch (name) {
      case "i": otherwise = undefined; break;
      case "D": otherwise = parseIds(value); break;
      case "u": mode = "user"; break;
      case "g": mode = "group"; break;
      case "B": mode = "both"; break;
      case "n": numeric = true; break;
    }
  }
  if (account === undefined || rest.length === 0) throw new UsageError();
  // A number has no list of groups.
  if (numeric && mode === "list") mode = "both";
  return { operations: [{ type: "account", account, rules: { mode, numeric, otherwise } }], rest };
}

/** uid:gid:gidlist, of which the parts may be empty and the last ones missing. */
function parseIds(text: string): AccountIds {
  const [, uidText = "", gidText = "", list = ""] = /^([^:]*)(?::([^:]*)(?::(.*))?)?$/s.exec(text) ?? [];
  const [uid, gid, groups] = [parseId(uidText), parseId(gidText), parseUints(list)];
  if (text === "" || uid === undefined || gid === undefined || groups === undefined) throw new UsageError();
  return { uid, gid, groups };
}

const parseId = (text: string): number | undefined => (text === "" ? 0 : parseUint(text));

/** What is known about accounts (sys/users.ts). */
export interface Accounts {
  userByName(name: string): { readonly uid: number; readonly gid: number } | undefined;
  groupByName(name: string): { readonly gid: number } | undefined;
  groupsOf(name: string): readonly number[];
}

/** The variables that name an account. @throws ExitError 1 */
export function accountVariables(account: string, { mode, numeric, otherwise }: AccountRules, accounts: Accounts): Map<string, string> {
  const id = (kind: "user" | "group", name: string, known: number | undefined, substitute: number | undefined): string => {
    const found = known ?? (numeric ? parseUint(name) : undefined) ?? substitute;
    if (found === undefined) throw new ExitError(1, `unknown ${kind}: ${name}`);
    return String(found);
  };
  const uid = (name: string): string => id("user", name, accounts.userByName(name)?.uid, otherwise?.uid);
  const gid = (name: string): string => id("group", name, accounts.groupByName(name)?.gid, otherwise?.gid);
  switch (mode) {
    case "user": return new Map([["UID", uid(account)]]);
    case "group": return new Map([["GID", gid(account)]]);
    case "both": {
      const colon = account.indexOf(":");
      const [user, group] = colon < 0 ? [account, ""] : [account.slice(0, colon), account.slice(colon + 1)];
      // C prints what happens to be in memory for a part that is empty: mostly 0, or what -D says.
      const { uid: noUser = 0, gid: noGroup = 0 } = otherwise ?? {};
      const gidText = group === "" ? String(noGroup) : gid(group);
      return new Map([["UID", colon === 0 ? String(noUser) : uid(user)], ["GID", gidText]]);
    }
    case "list": {
      const user = accounts.userByName(account);
      const groups = user === undefined ? (otherwise?.groups ?? []) : accounts.groupsOf(account);
      return new Map([
        ["UID", id("user", account, user?.uid, otherwise?.uid)], ["GID", id("user", account, user?.gid, otherwise?.gid)],
        ["GIDLIST", groups.join()],
      ]);
    }
  }
}
