import { type AccessRule, parseEntry, RuleError } from "../formats/access-rules.ts";
import { byteString, bytesOf } from "../formats/bytes.ts";
import { CdbError, type CdbRecord, cdbRecords } from "../formats/cdb.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError, unableTo, UsageError } from "./failures.ts";
import type { Program } from "./program.ts";

const NAME = "s6-accessrules-fs-from-cdb";

interface Entry {
  readonly key: string;
  readonly rule: AccessRule;
}

export const s6accessrulesfsfromcdb: Program = {
  name: NAME,
  synopsis: `${NAME} dir cdbfile`,
  help: `Makes DIR, which must not exist, with the access rules of a database: what s6-accessrules-cdb-from-fs made CDBFILE of. Of entries
with the same key there is only the first, which is the one that counts.

Exit codes: 0 success, 100 wrong usage, 111 system error, or CDBFILE is broken; then there is no DIR.`,
  main({ args: [directory, file], sys }) {
    if (directory === undefined || file === undefined) throw new UsageError();
    const content = unableTo("cdb_init", () => sys.readFile(file));
    const umask = sys.umask(0);
    try {
      unableTo(`mkdir ${directory}`, () => sys.mkdir(directory, 0o755));
      try {
        // byte strings from here on
        for (const entry of entriesOf(content, file)) writeEntry(sys, `${byteString(directory)}/${entry.key}`, entry.rule, umask);
      } catch (error) {
        sys.removeTree(directory);
        throw error;
      }
    } finally {
      sys.umask(umask);
    }
    return 0;
  },
};

/** Nothing of them is outside of the directory. */
function entriesOf(content: Uint8Array, file: string): Iterable<Entry> {
  const entries = new Map<string, Entry>();
  try {
    for (const { key, data } of cdbRecords(content)) {
      const entry = entryIn({ key, data });
      if (entry !== undefined && !entries.has(entry.key)) entries.set(entry.key, entry);
    }
  } catch (error) {
    if (error instanceof CdbError) throw new ExitError(111, "unable to cdb_traverse_next: invalid cdb", { cause: error });
    if (error instanceof RuleError) throw new ExitError(111, `unable to handle cdb record: ${file} does not contain valid accessrules data`, { cause: error });
    throw error;
  }
  return entries.values();
}

function entryIn({ key, data }: CdbRecord): Entry | undefined {
  const path = byteString(key);
  const rule = parseEntry(byteString(data));
  if (rule === undefined) return undefined;
  if (!path.split("/").every(isName)) throw new RuleError("its key is no relative path");
  if (rule.type === "allow" && !rule.env.every(([name]) => isName(name) && !name.includes("/"))) throw new RuleError("a variable in it has no name of a file");
  return { key: path, rule };
}

const isName = (name: string): boolean => name !== "" && name !== "." && name !== ".." && !name.includes("\0");

function writeEntry(sys: Sys, directory: string, rule: AccessRule, umask: number): void {
  makeDirectories(sys, directory);
  const write = (name: string, content: string): void => {
    const path = bytesOf(`${directory}/${name}`);
    unableTo(`write ${directory}/${name}`, () => sys.writeFile(path, Buffer.from(content, "latin1"), 0o666 & ~umask));
  };
  if (rule.type === "deny") return write("deny", "");
  write("allow", "");
  if (rule.env.length > 0) makeDirectories(sys, `${directory}/env`);
  for (const [name, value] of rule.env) write(`env/${name}`, value === undefined ? "" : `${value}\n`);
  if (rule.exec !== undefined) write("exec", rule.exec);
}

/** Those above it, too. */
function makeDirectories(sys: Sys, path: string): void {
  if (unableTo(`mkdir ${path}`, () => sys.isAccessible(bytesOf(path), "exists"))) return;
  makeDirectories(sys, path.slice(0, path.lastIndexOf("/")));
  unableTo(`mkdir ${path}`, () => sys.mkdir(bytesOf(path), 0o755));
}
