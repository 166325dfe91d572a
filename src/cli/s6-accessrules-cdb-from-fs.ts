import { RULE_VARIABLES } from "../chain/access-rules.ts";
import { importedValue, importLimit, isVariable } from "../chain/envdir.ts";
import { type AccessRule, entryOf, MOST_ENV_BYTES, MOST_EXEC_BYTES } from "../formats/access-rules.ts";
import { type CdbRecord, makeCdb } from "../formats/cdb.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import { parseLongOptions } from "./options.ts";
import type { Program } from "./program.ts";

const NAME = "s6-accessrules-cdb-from-fs";

export const s6accessrulescdbfromfs: Program = {
  name: NAME,
  synopsis: `${NAME} [ -m mode ] cdbfile dir`,
  help: `Makes a database of the access rules in DIR, for s6-ipcserver-access -x and others. Whoever reads CDBFILE meanwhile finds the
old one or the new one.

  -m MODE, --mode=MODE  its permissions, octal (default 0600)

Exit codes: 0 success, 100 wrong usage, or more variables than an entry can have, 111 system error.`,
  main({ args, sys, stderr }) {
    const { mode, file, directory } = parseCommandLine(args);
    const prefix = `${file}:${NAME}:`;
    const { fd, path } = unableTo(`mkstemp ${prefix}XXXXXX`, () => sys.makeUniqueFile(prefix));
    try {
      const records = rulesIn(sys, directory, (text) => stderr(warningLine(NAME, text)));
      unableTo(`write ${path}`, () => sys.finishFile(fd, makeCdb(records)));
      if (mode !== undefined) unableTo(`chmod ${path}`, () => sys.chmod(path, mode));
      unableTo(`rename ${path} to ${file}`, () => sys.rename(path, file));
    } catch (error) {
      sys.unlink(path);
      throw error;
    }
    return 0;
  },
};

function parseCommandLine(args: readonly string[]): { readonly mode: number | undefined; readonly file: string; readonly directory: string } {
  const { options, operands: [file, directory] } = parseLongOptions(args, "m:", { mode: "m" });
  if (file === undefined || directory === undefined) throw new UsageError();
  const text = options.at(-1)?.value;
  if (text !== undefined && !/^0*[0-7]{1,4}$/.test(text)) throw new ExitError(100, "mode needs to be an unsigned integer (in octal)");
  return { mode: text === undefined ? undefined : Number.parseInt(text, 8), file, directory };
}

/** Of every directory in a directory of `root`, but for hidden ones. */
function rulesIn(sys: Sys, root: string, warn: (text: string) => void): CdbRecord[] {
  const namesIn = (directory: string): string[] => unableTo(`opendir ${directory}`, () => sys.readdir(directory)).filter((name) => !name.startsWith("."));
  return namesIn(root).flatMap((kind) =>
    namesIn(`${root}/${kind}`).flatMap((name) => {
      const key = `${kind}/${name}`;
      const rule = ruleIn(sys, `${root}/${key}`, warn);
      return rule === undefined ? [] : [{ key: Buffer.from(key), data: Buffer.from(entryOf(rule), "latin1") }];
    }));
}

function ruleIn(sys: Sys, directory: string, warn: (text: string) => void): AccessRule | undefined {
  const has = (name: string): boolean => unableTo(`access ${directory}/${name}`, () => sys.isAccessible(`${directory}/${name}`, "exists"));
  if (has("allow")) return { type: "allow", env: variablesIn(sys, `${directory}/env`), exec: commandIn(sys, `${directory}/exec`, warn) };
  return has("deny") ? { type: "deny" } : undefined;
}

function variablesIn(sys: Sys, directory: string): Extract<AccessRule, { type: "allow" }>["env"] {
  const files = unableTo(`envdir ${directory}`, () => ifThere(() => sys.readPlainFilesOf(directory, isVariable, importLimit(RULE_VARIABLES))));
  const env = (files ?? []).map(({ name, content }) => [name, importedValue(content, RULE_VARIABLES)] as const);
  const size = env.reduce((sum, [name, value]) => sum + name.length + (value === undefined ? 0 : value.length + 1) + 1, 0);
  // C writes a little more than that, which nobody accepts.
  if (size > MOST_ENV_BYTES) throw new ExitError(100, `${directory} too big`);
  return env;
}

function commandIn(sys: Sys, file: string, warn: (text: string) => void): string | undefined {
  const text = unableTo(`openreadnclose ${file}`, () => ifThere(() => sys.readPlainFile(file, MOST_EXEC_BYTES)));
  if (text?.length === MOST_EXEC_BYTES) warn(`possibly truncated file ${file}`);
  return text === "" ? undefined : text;
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SystemError && error.code === "ENOENT") return undefined;
    throw error;
  }
}
