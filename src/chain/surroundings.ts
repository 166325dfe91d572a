import { UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUmaskPrefix } from "../execline/umask.ts";
import type { Link } from "./operation.ts";

/** cd directory prog... */
export function parseCd([path, ...rest]: readonly string[]): Link {
  if (path === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "directory", path }], rest };
}

/** umask octal prog... */
export function parseUmaskProgram([text, ...rest]: readonly string[]): Link {
  const mask = parseUmaskPrefix(text ?? "");
  if (mask === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "umask", mask }], rest };
}

/** exec [ -c ] [ -l ] [ -a argv0 ] prog... */
export function parseExec(args: readonly string[]): Link {
  const { options, operands: rest } = parseOptions(args, "cla:");
  if (rest.length === 0) throw new UsageError();
  const has = (letter: string): boolean => options.some((option) => option.name === letter);
  const operations = has("c") ? [{ type: "clear", keep: [] } as const] : [];
  if (!has("l") && !has("a")) return { operations, rest };
  return { operations, rest, argv0: { name: options.filter((option) => option.name === "a").at(-1)?.value, isLogin: has("l") } };
}
