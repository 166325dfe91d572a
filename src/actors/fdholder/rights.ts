import type { AccessRules } from "../../chain/access-rules.ts";
import type { EnvironmentEdit, Ids } from "../../formats/access-rules.ts";
import { bytesOf } from "../../formats/bytes.ts";
import type { Rights } from "../../machines/fdholder/holder.ts";
import { SystemError } from "../../sys/errors.ts";
import { getegid, geteuid } from "../../sys/process.ts";
import { Regex } from "../../sys/regex.ts";

type RuleVariables = ReadonlyMap<string, string>;

const STORE = "S6_FDHOLDER_STORE_REGEX";
const RETRIEVE = "S6_FDHOLDER_RETRIEVE_REGEX";

class InvalidRights extends Error {
  override readonly name = "InvalidRights";
}

/** undefined: it may not even connect. */
export function rightsFor(rules: AccessRules, client: Ids, warn: (text: string) => void): Rights | undefined {
  if (client.uid < 0) return undefined; // the kernel does not tell
  try {
    const verdict = rules.lookup(client, { uid: geteuid(), gid: getegid() });
    if (verdict.type !== "allow") return undefined;
    if (verdict.exec !== undefined) warn(`unused exec string in rules for uid ${client.uid} gid ${client.gid}`);
    return rightsOf(verdict.env);
  } catch (error) {
    if (error instanceof InvalidRights) warn(error.message);
    else if (error instanceof SystemError) warn(`error while checking rules: ${error.reason}`);
    else throw error;
    return undefined;
  }
}

/**
 * By the variables of the rule that lets the client in. An expression that is empty matches every id; one that is not there,
 * none. @throws InvalidRights
 */
function rightsOf(env: readonly EnvironmentEdit[]): Rights {
  const variables = variablesOf(env);
  return {
    mayStore: matcher(variables, STORE),
    mayRetrieve: matcher(variables, RETRIEVE),
    mayList: variables.has("S6_FDHOLDER_LIST"),
    mayGetDump: variables.has("S6_FDHOLDER_GETDUMP"),
    maySetDump: variables.has("S6_FDHOLDER_SETDUMP"),
  };
}

/** Of two of the same name, the first counts. */
function variablesOf(env: readonly EnvironmentEdit[]): RuleVariables {
  const variables = new Map<string, string>();
  for (const [name, value] of env) if (value !== undefined && !variables.has(name)) variables.set(name, value);
  return variables;
}

const never = (): boolean => false;
const always = (): boolean => true;

function matcher(variables: RuleVariables, name: string): (id: string) => boolean {
  const pattern = variables.get(name);
  if (pattern === undefined) return never;
  if (pattern === "") return always;
  try {
    const regex = new Regex(bytesOf(pattern));
    return (id) => regex.test(bytesOf(id));
  } catch (error) {
    if (error instanceof SystemError && error.cause instanceof Error) throw new InvalidRights(`invalid ${name} value: ${pattern}: ${error.cause.message}`);
    throw error;
  }
}
