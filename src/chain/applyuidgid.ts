import { CredentialOptions } from "../cli/credential-options.ts";
import { UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import type { IdOption, Link, Operation } from "./operation.ts";

const VARIABLES = [["UID", undefined], ["GID", undefined], ["GIDLIST", undefined]] as const;

/** s6-applyuidgid [ -z ] [ -u uid ] [ -g gid ] [ -G gidlist ] [ -U ] prog... */
export function parseApplyuidgid(args: readonly string[]): Link {
  const { options, operands: rest } = parseOptions(args, "zu:g:G:U");
  const ids: IdOption[] = [];
  const values = new CredentialOptions();
  for (const { name, value } of options) {
    if (name === "z") continue;
    if (name !== "U") values.take(name, value); // only to see whether it can be read
    ids.push({ name, value });
  }
  if (rest.length === 0) throw new UsageError();
  const change: Operation = { type: "credentials", options: ids };
  return { operations: options.some(({ name }) => name === "z") ? [change, { type: "set", variables: VARIABLES }] : [change], rest };
}
