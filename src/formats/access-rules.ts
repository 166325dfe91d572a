/**
 * Access rules (s6 documentation, libs6/accessrules and s6-accessrules-cdb-from-fs): who may connect, and with what environment.
 * All texts are byte strings.
 */

/** A client, or ourselves: effective ids. */
export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** undefined removes the variable. */
export type EnvironmentEdit = readonly [name: string, value: string | undefined];

export type AccessRule =
  /** `exec`: a command line in place of the program; undefined: none. */
  | { readonly type: "allow"; readonly env: readonly EnvironmentEdit[]; readonly exec: string | undefined }
  | { readonly type: "deny" };

/** What the environment, or the command line, of an entry may have. */
export const MOST_ENV_BYTES = 4096;
export const MOST_EXEC_BYTES = 4096;
const MOST_BYTES = 1 + 2 + MOST_ENV_BYTES + 2 + MOST_EXEC_BYTES;

const [ALLOW, DENY] = ["A", "D"];

/** An entry that can't be understood. */
export class RuleError extends Error {
  override readonly name = "RuleError";
}

/** Where the rule for a client may stand: the first that is there counts. */
export const ruleKeys = (client: Ids, own: Ids): readonly string[] => [
  ...(client.uid === own.uid ? ["uid/self"] : []),
  `uid/${client.uid}`,
  ...(client.gid === own.gid ? ["gid/self"] : []),
  `gid/${client.gid}`,
  "uid/default",
];

/** The entry of a database: D; or A, length of the environment (2 bytes big-endian), environment, length of exec, exec. Too long: RangeError. */
export function entryOf(rule: AccessRule): string {
  if (rule.type === "deny") return DENY;
  const env = rule.env.map(([name, value]) => `${name}${value === undefined ? "" : `=${value}`}\0`).join("");
  const exec = rule.exec ?? "";
  if (env.length > MOST_ENV_BYTES || exec.length > MOST_EXEC_BYTES) throw new RangeError("too much for an entry");
  return `${ALLOW}${lengthOf(env)}${env}${lengthOf(exec)}${exec}`;
}

const lengthOf = (text: string): string => String.fromCharCode(text.length >> 8, text.length & 0xff);

/** undefined: it is no rule, as if it were not there. @throws RuleError */
export function parseEntry(entry: string): AccessRule | undefined {
  if (entry.length === 0 || entry.length > MOST_BYTES) throw new RuleError("its length is wrong");
  if (entry.startsWith(DENY)) return { type: "deny" };
  if (!entry.startsWith(ALLOW)) return undefined;
  const env = counted(entry, 1, MOST_ENV_BYTES);
  const exec = counted(entry, env.end, MOST_EXEC_BYTES);
  if (exec.end !== entry.length) throw new RuleError("something follows it");
  return { type: "allow", env: parseEdits(env.text), exec: exec.text === "" ? undefined : exec.text };
}

function counted(entry: string, at: number, most: number): { readonly text: string; readonly end: number } {
  const from = at + 2;
  if (from > entry.length) throw new RuleError("it is cut");
  const length = entry.charCodeAt(at) * 256 + entry.charCodeAt(at + 1);
  if (length > most || from + length > entry.length) throw new RuleError("a length in it is wrong");
  return { text: entry.slice(from, from + length), end: from + length };
}

/** NAME=VALUE sets, NAME removes; each ends with NUL. @throws RuleError */
function parseEdits(text: string): readonly EnvironmentEdit[] {
  if (text === "") return [];
  if (!text.endsWith("\0")) throw new RuleError("its environment is cut");
  return text.slice(0, -1).split("\0").map((edit) => {
    const equals = edit.indexOf("=");
    const name = equals < 0 ? edit : edit.slice(0, equals);
    if (name === "") throw new RuleError("a variable has no name");
    return [name, equals < 0 ? undefined : edit.slice(equals + 1)];
  });
}
