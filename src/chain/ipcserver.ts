import { CredentialOptions } from "../cli/credential-options.ts";
import { known, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseOctal, parseUint } from "../formats/uint.ts";
import { becomingWords } from "./applyuidgid.ts";
import type { Link } from "./operation.ts";

const ALL = 0o777;

/**
 * s6-ipcserver [ -q | -Q | -v ] [ -d | -D ] [ -P | -p ] [ -1 ] [ -c maxconn ] [ -C localmaxconn ] [ -b backlog ] [ -a perms ]
 * [ -G gidlist ] [ -g gid ] [ -u uid ] [ -U ] path prog...: does nothing itself, but rewrites its command line.
 */
export function parseIpcserver(args: readonly string[]): Link {
  const { options, operands: [path, ...prog] } = parseOptions(args, "qQvDd1UPpc:C:b:a:u:g:G:");
  let [verbosity, reuses, notifies, looksUp, fromEnvironment, mode] = [[] as string[], true, false, true, false, ALL];
  let [most, mostPerUser, backlog] = [[] as string[], [] as string[], [] as string[]];
  let ids = new CredentialOptions();
  for (const { name, value } of options) {
    switch (name) {
      case "q": verbosity = ["-v0"]; break;
      case "Q": verbosity = []; break;
      case "v": verbosity = ["-v2"]; break;
      case "D": reuses = false; break;
      case "d": reuses = true; break;
      case "P": looksUp = false; break;
      case "p": looksUp = true; break;
      case "1": notifies = true; break;
      case "c": most = ["-c", atLeastOne(value)]; break;
      case "C": mostPerUser = ["-C", atLeastOne(value)]; break;
      case "b": backlog = ["-b", atLeastOne(value)]; break;
      case "a": mode = known(parseOctal(value)); break;
      case "U": fromEnvironment = true; ids = new CredentialOptions(); break;
      default: ids.take(name, value);
    }
  }
  if (path === undefined || prog.length === 0) throw new UsageError();
  const rest = [
    "s6-ipcserver-socketbinder", ...(reuses ? [] : ["-D"]), ...backlog, ...(mode === ALL ? [] : ["-a", `0${(mode & ALL).toString(8)}`]), "--", path,
    ...becomingWords(ids, fromEnvironment),
    "s6-ipcserverd", ...verbosity, ...(notifies ? ["-1"] : []), ...(looksUp ? [] : ["-P"]), ...most, ...mostPerUser, "--", ...prog,
  ];
  return { operations: [], rest, isOwn: true };
}

const atLeastOne = (text: string): string => String(Math.max(known(parseUint(text)), 1));
