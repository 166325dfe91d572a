import { CredentialOptions } from "../cli/credential-options.ts";
import { UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import type { Credentials } from "../sys/credentials.ts";
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

/** For a program that starts another as somebody else: s6-applyuidgid with what it was told; nothing when that is nothing. */
export function becomingWords({ uid, gid, groups }: Credentials, fromEnvironment: boolean): readonly string[] {
  const who = [
    ...(fromEnvironment ? ["-Uz"] : []), ...(uid === 0 ? [] : ["-u", String(uid)]), ...(gid === 0 ? [] : ["-g", String(gid)]),
    ...(groups === undefined ? [] : ["-G", groups.join(",")]),
  ];
  return who.length === 0 ? [] : ["s6-applyuidgid", ...who, "--"];
}
