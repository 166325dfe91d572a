import { ExitError, UsageError } from "../cli/failures.ts";
import { parseLongOptions, parseOptions } from "../cli/options.ts";
import { encodeNetstrings } from "../execline/netstring.ts";
import { takeBlock } from "./block.ts";
import { strictnessOf } from "./environment.ts";
import type { Link, Operation } from "./operation.ts";

/** export variable value prog... */
export function parseExport([name, value, ...rest]: readonly string[]): Link {
  if (name === undefined || value === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "set", variables: [[requireVariable(name), value]] }], rest };
}

/** unexport variable prog... */
export function parseUnexport([name, ...rest]: readonly string[]): Link {
  if (name === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "set", variables: [[requireVariable(name), undefined]] }], rest };
}

/** export-array [ -d delimiter ] variable { values } prog... */
export function parseExportArray(args: readonly string[], strict: string | undefined): Link {
  const { options, operands: [name, ...others] } = parseOptions(args, "d:");
  if (name === undefined) throw new UsageError();
  const variable = requireVariable(name);
  const { words, rest, complaints: warnings } = takeBlock(others, strictnessOf(strict));
  if (words.length === 0) throw new ExitError(100, "empty block", { warnings });
  if (rest.length === 0) throw new UsageError(undefined, { warnings });
  // Its first byte: without one, a text says what it would say without -d.
  const delimiter = options.at(-1)?.value.charAt(0) ?? "";
  const value = delimiter === "" ? encodeNetstrings(words) : words.map((word) => word + delimiter).join("");
  return { operations: [{ type: "set", variables: [[variable, value]] }], rest, warnings };
}

/** emptyenv [ -p ] [ -l ] | -c | [ -o ] [ -P ] prog... */
export function parseEmptyenv(args: readonly string[]): Link {
  const { options, operands: rest } = parseLongOptions(args, "plcoP", {});
  if (rest.length === 0) throw new UsageError();
  const has = (letter: string): boolean => options.some(({ name }) => name === letter);
  return { operations: emptying(has), rest };
}

/** The clean-up takes the variables that are popped, too. */
function emptying(has: (letter: string) => boolean): readonly Operation[] {
  if (has("c")) return [{ type: "stack", action: "drop", which: "own" }];
  const pops: Operation[] = [];
  if (has("o")) pops.push({ type: "stack", action: "pop", which: "elgetopt" });
  if (has("P")) pops.push({ type: "stack", action: "pop", which: "positional" });
  if (pops.length > 0) return pops;
  return [{ type: "clear", keep: [...(has("p") ? ["PATH"] : []), ...(has("l") ? ["LD_LIBRARY_PATH"] : [])] }];
}

/** envfile [ -i | -I ] file prog... */
export function parseEnvfileProgram(args: readonly string[]): Link {
  const { options, operands: [file, ...rest] } = parseOptions(args, "iI");
  if (file === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "envfile", file, mayBeMissing: options.at(-1)?.name === "I" }], rest };
}

/** @throws ExitError 100 */
export function requireVariable(name: string): string {
  if (name.includes("=")) throw new ExitError(100, `invalid variable name: ${name}`);
  return name;
}
