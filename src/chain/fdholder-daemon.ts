import { CredentialOptions } from "../cli/credential-options.ts";
import { ExitError, known, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint } from "../formats/uint.ts";
import { becomingWords } from "./applyuidgid.ts";
import type { Link } from "./operation.ts";

/**
 * s6-fdholder-daemon [ -v verbosity ] [ -d | -D ] [ -1 ] [ -c maxconn ] [ -n maxfds ] [ -b backlog ] [ -G gidlist ] [ -g gid ] [ -u uid ]
 * [ -U ] [ -t timeout ] [ -T lameducktimeout ] [ -i rulesdir | -x rulesfile ] path: does nothing itself, but rewrites its command line.
 */
export function parseFdholderDaemon(args: readonly string[]): Link {
  const { options, operands: [path] } = parseOptions(args, "Dd1Uv:c:n:b:u:g:G:t:T:i:x:");
  let [reuses, fromEnvironment, notifies, rules] = [true, false, false, [] as string[]];
  let [verbosity, clients, held, backlog, time, lameDuck] = [1, 0, 0, -1, 0, 0];
  let ids = new CredentialOptions();
  for (const { name, value } of options) {
    switch (name) {
      case "D": reuses = false; break;
      case "d": reuses = true; break;
      case "1": notifies = true; break;
      case "v": verbosity = known(parseUint(value)); break;
      case "c": clients = Math.max(known(parseUint(value)), 1); break;
      case "n": held = Math.max(known(parseUint(value)), 1); break;
      case "b": backlog = known(parseUint(value)); break;
      case "t": time = known(parseUint(value)); break;
      case "T": lameDuck = known(parseUint(value)); break;
      case "i": case "x": rules = [`-${name}`, value]; break;
      case "U": fromEnvironment = true; ids = new CredentialOptions(); break;
      default: ids.take(name, value);
    }
  }
  if (path === undefined) throw new UsageError();
  if (rules.length === 0) throw new ExitError(100, "no access rights specified!");
  const rest = [
    "s6-ipcserver-socketbinder", ...(reuses ? [] : ["-D"]), ...option("-b", backlog, -1), "--", path,
    ...becomingWords(ids, fromEnvironment),
    "s6-fdholderd", ...option("-v", verbosity, 1), ...(notifies ? ["-1"] : []), ...option("-c", clients, 0), ...option("-n", held, 0),
    ...option("-t", time, 0), ...option("-T", lameDuck, 0), ...rules,
  ];
  return { operations: [], rest, isOwn: true };
}

const option = (name: string, value: number, usual: number): readonly string[] => (value === usual ? [] : [name, String(value)]);
