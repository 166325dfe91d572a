import { ExitError, known, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseScript, ScriptError } from "../execline/script.ts";
import { parseUint } from "../formats/uint.ts";
import type { Link, Operation, Source } from "./operation.ts";

/** What becomes of the arguments of a script. */
export type Positionals =
  /** `pushes`: variables that are there go one level down. */
  | { readonly type: "variables"; readonly pushes: boolean }
  | { readonly type: "substituted"; readonly least: number; readonly isShifted: boolean }
  | { readonly type: "ignored" };

/** A command line of execlineb. */
export interface ScriptCall {
  readonly positionals: Positionals;
  /** $EXECLINE_STRICT for the script; undefined: as it is. */
  readonly strict: "unset" | "1" | "2" | undefined;
  readonly source: { readonly file: string } | { readonly text: string };
  readonly args: readonly string[];
}

/** execlineb [ -q | -w | -W ] [ -p | -P | -S n | -s n ] [ -e ] [ -c text | file ] args... @throws UsageError */
export function parseExeclineb(args: readonly string[]): ScriptCall {
  const { options, operands } = parseOptions(args, "c:ePpqS:s:Ww");
  let positionals: Positionals = { type: "variables", pushes: true };
  let strict: ScriptCall["strict"];
  let text: string | undefined;
  for (const { name, value } of options) {
    switch (name) {
      case "c": text = value; break;
      case "e": break;
      case "P": positionals = { type: "ignored" }; break;
      case "p": positionals = { type: "variables", pushes: false }; break;
      case "q": strict = "unset"; break;
      case "S": case "s": positionals = { type: "substituted", least: known(parseUint(value)), isShifted: name === "s" }; break;
      case "W": strict = "2"; break;
      case "w": strict = "1"; break;
    }
  }
  if (text !== undefined) return { positionals, strict, source: { text }, args: operands };
  const [file, ...rest] = operands;
  if (file === undefined) throw new UsageError();
  return { positionals, strict, source: { file }, args: rest };
}

/**
 * What the text of a script comes to. `name`: $0, the file, or else what execlineb was called by; `inherited`:
 * $EXECLINE_STRICT as it was. A script without words is a link that leads nowhere. @throws ExitError 100
 */
export function scriptLink({ positionals, strict, source, args }: ScriptCall, text: string, name: string, inherited: string | undefined): Link {
  const rest = wordsOf(text, source);
  if (rest.length === 0) return { operations: [], rest };
  const operations: Operation[] = [];
  const warnings: string[] = [];
  const isInvalid = strict === undefined && inherited !== undefined && parseUint(inherited) === undefined;
  if (isInvalid) warnings.push("invalid EXECLINE_STRICT value, unsetting it");
  if (isInvalid || strict !== undefined) operations.push({ type: "set", variables: [["EXECLINE_STRICT", isInvalid || strict === "unset" ? undefined : strict]] });
  let substitution: Source[] | undefined;
  switch (positionals.type) {
    case "variables":
      if (positionals.pushes) operations.push({ type: "stack", action: "push", which: "positional" });
      operations.push({ type: "set", variables: [["#", String(args.length)], ["0", name], ...args.map((arg, index) => [String(index + 1), arg] as const)] });
      break;
    case "substituted": {
      const { least, isShifted } = positionals;
      const level = strict === undefined ? (parseUint(inherited ?? "") ?? 1) : strict === "unset" ? 0 : Number(strict);
      if (args.length < least && level > 0) {
        const complaint = `too few arguments: expecting at least ${least} but got ${args.length}`;
        if (level > 1) throw new ExitError(100, complaint);
        warnings.push(complaint);
      }
      substitution = [{ type: "arguments", name, args, least, shifted: isShifted ? least : 0 }];
      break;
    }
    case "ignored": break;
  }
  return { operations, rest, warnings, ...(substitution === undefined ? {} : { substitution }) };
}

/** Since 2.9.4.0 what is wrong with a file is said with its name. */
function wordsOf(text: string, source: ScriptCall["source"]): readonly string[] {
  try {
    return parseScript(text);
  } catch (error) {
    if (error instanceof ScriptError) throw new ExitError(100, `${error.message}${"file" in source ? ` in file ${source.file}` : ""}`, { cause: error });
    throw error;
  }
}
