import type { EnvironmentEdit } from "../../formats/access-rules.ts";
import { bytesOf } from "../../formats/bytes.ts";
import type { Rights } from "../../machines/fdholder/holder.ts";
import { SystemError } from "../../sys/errors.ts";
import { Regex } from "../../sys/regex.ts";

type RuleVariables = ReadonlyMap<string, string>;

const STORE = "S6_FDHOLDER_STORE_REGEX";
const RETRIEVE = "S6_FDHOLDER_RETRIEVE_REGEX";

export class InvalidRights extends Error {
  override readonly name = "InvalidRights";
}

/**
 * By the variables of the rule that lets the client in. An expression that is empty matches every id; one that is not there,
 * none. @throws InvalidRights
 */
export function rightsOf(env: readonly EnvironmentEdit[]): Rights {
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
