import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { exitCode, termSignal, type WaitStatus } from "../formats/wait-status.ts";
import { statusOf } from "./foreground.ts";
import { approximateCode, becomesOrExits, type ChainProcess, exits, type Next, statusVariable } from "./process.ts";

/** if [ -n ] [ -X ] [ -t | -x CODE ] { PROG1... } PROG2... */
export function runIf(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "nXtx:");
  let code: number | undefined;
  for (const { name, value } of options) {
    if (name === "t") code = 0;
    if (name === "x") code = parseCode(value);
  }
  const negates = options.some(({ name }) => name === "n");
  const { words, rest } = process.block(operands);
  const status = process.runToEndOrFail(words);
  if (holds(status, options.some(({ name }) => name === "X")) !== negates) return becomesOrExits(rest);
  return exits(code ?? (negates ? 1 : approximateCode(status)));
}

/** A number, and whatever stands behind it. */
function parseCode(text: string): number {
  const digits = /^[0-9]+/.exec(text)?.[0];
  if (digits === undefined) throw new UsageError();
  if (Number(digits) > 255) throw new ExitError(100, "invalid exit code");
  return Number(digits);
}

/** ifelse [ -n ] [ -X ] { IF... } { THEN... } ELSE... */
export function runIfelse(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "nX");
  const { words: condition, rest } = process.block(operands, 1, "if block");
  const { words: then, rest: otherwise } = process.block(required(rest, "then"), 2, "then block");
  const isTrue = holds(process.runToEndOrFail(condition), options.some(({ name }) => name === "X"));
  return becomesOrExits(isTrue === options.some(({ name }) => name === "n") ? otherwise : then);
}

/** ifte [ -n ] [ -X ] { THEN... } { ELSE... } IF... */
export function runIfte(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "nX");
  const { words: then, rest } = process.block(operands, 1, "then block");
  const { words: otherwise, rest: condition } = process.block(required(rest, "else"), 2, "else block");
  if (condition.length === 0) throw new ExitError(100, "empty command-if");
  const isTrue = holds(process.runToEndOrFail(condition, "the condition"), options.some(({ name }) => name === "X"));
  return becomesOrExits(isTrue === options.some(({ name }) => name === "n") ? otherwise : then);
}

/** ifthenelse [ -X ] [ -s ] { IF... } { THEN... } { ELSE... } PROG...; with -s the chosen block goes on in PROG. */
export function runIfthenelse(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "Xs");
  const { words: condition, rest: afterIf } = process.block(operands, 1, "if block");
  const { words: then, rest: afterThen } = process.block(required(afterIf, "then"), 2, "then block");
  const { words: otherwise, rest } = process.block(afterThen, 3, "else block");
  const isTrue = holds(process.runToEndOrFail(condition), options.some(({ name }) => name === "X"));
  const chosen = isTrue ? then : otherwise;
  if (options.some(({ name }) => name === "s")) return becomesOrExits([...chosen, ...rest]);
  process.environment.set("?", statusVariable(statusOf(chosen, process)));
  return becomesOrExits(rest);
}

function required(rest: readonly string[], name: string): readonly string[] {
  if (rest.length === 0) throw new ExitError(100, `${name} block required`);
  return rest;
}

/** A signal is no answer, but a failure where `crashesAreFalse`. @throws ExitError */
function holds(status: WaitStatus, crashesAreFalse: boolean): boolean {
  const signal = termSignal(status);
  if (signal !== 0 && !crashesAreFalse) throw new ExitError(128 + signal, `child crashed with signal ${signal}`);
  return signal === 0 && exitCode(status) === 0;
}
