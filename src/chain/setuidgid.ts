import { UsageError } from "../cli/failures.ts";
import type { Link } from "./operation.ts";

/** s6-setuidgid account prog...: does nothing itself, but rewrites its command line. `--` is an account to it, too. */
export function parseSetuidgid([account, ...prog]: readonly string[]): Link {
  if (account === undefined || prog.length === 0) throw new UsageError();
  return { operations: [], rest: rewritten(account, prog), isOwn: account !== "" };
}

function rewritten(account: string, prog: readonly string[]): readonly string[] {
  if (account === "") return prog;
  const colon = account.indexOf(":");
  if (colon < 0) return ["s6-envuidgid", account, "s6-applyuidgid", "-Uz", "--", ...prog];
  return ["s6-applyuidgid", "-u", account.slice(0, colon), "-g", account.slice(colon + 1), "-G", "", "--", ...prog];
}
