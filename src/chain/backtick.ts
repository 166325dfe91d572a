import { ExitError, unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { byteString } from "../formats/bytes.ts";
import { termSignal, type WaitStatus } from "../formats/wait-status.ts";
import { approximateCode, type ChainProcess, exits, type Next, statusVariable } from "./process.ts";
import { readAll } from "./read-all.ts";
import { storing, variableName } from "./store.ts";

/** What becomes of a text that can't be the value of a variable, or of the output of a child that failed. */
type Otherwise = "exit" | "cut" | "unset" | { readonly value: string };

interface StoreRules {
  /** A newline at the end is no part of the value. */
  readonly chomps: boolean;
  readonly autoimport: boolean;
}

/** The last one of each pair counts. */
function storeRules(options: readonly { readonly name: string }[]): StoreRules {
  const names = options.map(({ name }) => name);
  return { chomps: names.lastIndexOf("N") <= names.lastIndexOf("n"), autoimport: names.lastIndexOf("E") > names.lastIndexOf("e") };
}

const chomped = (text: string, { chomps }: StoreRules): string => (chomps && text.endsWith("\n") ? text.slice(0, -1) : text);
const cut = (text: string): string => text.split("\0", 1)[0] ?? "";

/** withstdinas [ -i | -I | -D VALUE ] [ -N | -n ] [ -E | -e ] VARIABLE PROG... */
export function runWithstdinas(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [operand, ...rest] } = parseOptions(args, "iID:NnEe");
  const rules = storeRules(options);
  // -D has a say only where neither -i nor -I has one.
  const byDefault = options.findLast(({ name }) => name === "D");
  let otherwise: Otherwise = byDefault === undefined ? "cut" : { value: byDefault.value };
  for (const { name } of options) {
    if (name === "i") otherwise = "exit";
    if (name === "I") otherwise = "unset";
  }
  if (operand === undefined) throw new UsageError();
  const variable = variableName(operand);
  const text = unableTo("slurp", () => {
    process.descriptors.require(0);
    return byteString(readAll(process.sys, 0));
  });
  const value = text.includes("\0") ? substitute(text, otherwise, rules, process) : chomped(text, rules);
  return rest.length === 0 ? exits(0) : storing(process, [variable], value, rest, rules.autoimport);
}

function substitute(text: string, otherwise: Otherwise, rules: StoreRules, process: ChainProcess): string | undefined {
  switch (otherwise) {
    case "exit": throw new ExitError(1, "stdin contained a null character");
    case "unset": return undefined;
    case "cut": return cut(chomped(text, rules));
    default:
      process.warn("stdin contained a null character - using default instead");
      return otherwise.value;
  }
}

/** backtick [ -i | -I | -x | -D VALUE ] [ -N | -n ] [ -E | -e ] VARIABLE { PROG1... } PROG2... */
export function runBacktick(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [operand, ...block] } = parseOptions(args, "iIxD:NnEe");
  const rules = storeRules(options);
  let otherwise: Otherwise = "exit";
  for (const { name, value } of options) {
    switch (name) {
      case "i": otherwise = "exit"; break;
      case "I": otherwise = "cut"; break;
      case "x": otherwise = "unset"; break;
      case "D": otherwise = { value }; break;
      case "N": case "n": case "E": case "e": break;
    }
  }
  if (operand === undefined || block.length === 0) throw new UsageError();
  const variable = variableName(operand);
  const { words, rest } = process.block(block);
  if (words.length === 0) throw new ExitError(100, "empty block");
  if (rest.length === 0) throw new ExitError(100, "empty remainder");
  const { text, status } = outputOf(words, process);
  const value = outputValue(text, status, otherwise, rules, process);
  if (otherwise === "exit") return storing(process, [variable], value, rest, rules.autoimport);
  process.environment.set("?", statusVariable(status));
  return storing(process, [variable, "?"], value, rest, rules.autoimport);
}

function outputOf(words: readonly string[], process: ChainProcess): { readonly text: string; readonly status: WaitStatus } {
  const { sys } = process;
  const [readEnd, writeEnd] = unableTo("create pipe", () => sys.pipe());
  const child = process.spawnOrFail(words, { moves: new Map([[1, writeEnd]]) });
  sys.closeFd(writeEnd);
  const text = unableTo("read child process output", () => byteString(readAll(sys, readEnd)));
  sys.closeFd(readEnd);
  return { text, status: child.wait() };
}

function outputValue(text: string, status: WaitStatus, otherwise: Otherwise, rules: StoreRules, process: ChainProcess): string | undefined {
  const [isFailure, hasNull] = [status !== 0, text.includes("\0")];
  if (!isFailure && !hasNull) return chomped(text, rules);
  if (otherwise === "exit") {
    if (!isFailure) throw new ExitError(124, "child process output contained a null character");
    throw new ExitError(approximateCode(status), `child process ${termSignal(status) === 0 ? "exited non-zero" : "crashed"}`);
  }
  if (otherwise === "cut") return chomped(cut(text), rules);
  if (!isFailure) process.warn("child process output contained a null character");
  return otherwise === "unset" ? undefined : otherwise.value;
}
