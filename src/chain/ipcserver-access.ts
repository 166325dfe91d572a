import { ExitError, unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import type { EnvironmentEdit, Ids } from "../formats/access-rules.ts";
import { parseUint } from "../formats/uint.ts";
import { strerror } from "../sys/system-error.ts";
import type { RuleSource, Verdict } from "./access-rules.ts";
import type { Decider, Surroundings } from "./decision.ts";

interface Options {
  readonly verbosity: number;
  readonly keepsVariables: boolean;
  readonly localName: string | undefined;
  readonly source: RuleSource | undefined;
  readonly rest: readonly string[];
}

/** Every variable that a super-server sets, behind the name of the protocol. */
const VARIABLES = ["REMOTEEUID", "REMOTEEGID", "REMOTEPATH", "LOCALPATH", "CONNNUM"];

/** s6-ipcserver-access [ -v verbosity ] [ -e | -E ] [ -l localname ] [ -i rulesdir | -x rulesfile ] prog... */
export const decideIpcserverAccess: Decider = (args, surroundings) => {
  const { verbosity, keepsVariables, localName, source, rest } = parseAccessOptions(args);
  const { environment } = surroundings;
  const proto = known(environment.get("PROTO"), "PROTO");
  const client = { uid: idIn(surroundings, `${proto}REMOTEEUID`), gid: idIn(surroundings, `${proto}REMOTEEGID`) };
  if (source === undefined && verbosity >= 2) surroundings.warn("invoked without a ruleset!");
  const verdict = source === undefined ? ALL : verdictOf(source, client, surroundings);
  const whose = (pid: number): string => `pid ${pid} uid ${client.uid} gid ${client.gid}`;
  if (verdict.type !== "allow") {
    const reason = strerror(verdict.type === "deny" ? "EACCES" : "ENOENT");
    if (verbosity >= 2) surroundings.inform((pid) => `deny ${whose(pid)}: ${reason}`);
    return { type: "refuse", code: 1 };
  }
  if (verbosity >= 1) surroundings.inform((pid) => `allow ${whose(pid)}`);
  const own: readonly EnvironmentEdit[] = keepsVariables
    ? [[`${proto}LOCALPATH`, localName ?? unableTo("ipc_local", () => surroundings.localPath())]]
    : [["PROTO", undefined], ...VARIABLES.map((name) => [`${proto}${name}`, undefined] as const)];
  const operations = [{ type: "set", variables: [...verdict.env, ...own] } as const];
  if (verdict.exec === undefined) return { type: "goOn", link: { operations, rest } };
  const [script = ""] = verdict.exec.split("\0");
  return { type: "goOn", link: { operations, rest: ["execlineb", "-Pc", script], isOwn: true } };
};

const ALL: Verdict = { type: "allow", env: [], exec: undefined };

function parseAccessOptions(args: readonly string[]): Options {
  const { options, operands: rest } = parseOptions(args, "v:Eel:i:x:");
  let verbosity: number | undefined = 1;
  let keepsVariables = true;
  let localName: string | undefined;
  let source: RuleSource | undefined;
  for (const { name, value } of options) {
    switch (name) {
      case "v": verbosity = parseUint(value); break;
      case "E": keepsVariables = false; break;
      case "e": keepsVariables = true; break;
      case "l": localName = value; break;
      case "i": source = { type: "directory", path: value }; break;
      case "x": source = { type: "cdb", path: value }; break;
    }
    if (verbosity === undefined) throw new UsageError();
  }
  if (rest.length === 0) throw new UsageError();
  return { verbosity, keepsVariables, localName, source, rest };
}

/** @throws ExitError 100 */
function known(value: string | undefined, name: string): string {
  if (value === undefined) throw new ExitError(100, `${name} not set`);
  return value;
}

function idIn({ environment }: Surroundings, name: string): number {
  const id = parseUint(known(environment.get(name), name));
  if (id === undefined) throw new ExitError(100, `invalid $${name}`);
  return id;
}

function verdictOf(source: RuleSource, client: Ids, surroundings: Surroundings): Verdict {
  const { type, path } = source;
  const rules = unableTo(`cdb_init ${path}`, () => surroundings.accessRules(source));
  return unableTo(`check ${type === "cdb" ? "cdb" : "fs"} ruleset in ${path}`, () => rules.lookup(client, surroundings.own()));
}
