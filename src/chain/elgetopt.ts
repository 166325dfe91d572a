import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { isElgetopt, push, type Variables } from "../execline/environment-stack.ts";
import { elgetopt } from "../execline/getopt.ts";
import type { Link, Operation } from "./operation.ts";
import { countOfPositionals, positionals, replacePositionals, variableOf } from "./positional-variables.ts";
import type { Speech } from "./speech.ts";

/** elgetopt [ -D VALUE ] OPTSTRING PROG... */
export function parseElgetopt(args: readonly string[]): Link {
  const { options, operands: [optstring, ...rest] } = parseOptions(args, "D:");
  if (optstring === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "getopt", optstring, flagValue: options.at(-1)?.value ?? "1" }], rest };
}

/** @throws ExitError 100; 1 for options that are wrong: then $0 complains */
export function getPositionalOptions(variables: Variables, { optstring, flagValue }: Extract<Operation, { type: "getopt" }>, { say }: Speech): void {
  const count = countOfPositionals(variables);
  const name = variableOf(variables, "0");
  const parsed = elgetopt(optstring, [...positionals(variables, 1, count)], flagValue);
  for (const complaint of parsed.complaints) say(`${name}: ${complaint}`);
  if ("problem" in parsed) throw new ExitError(1, `${name}: ${parsed.problem}`, { isWhole: true });
  push(variables, isElgetopt);
  for (const [letter, value] of parsed.options) variables.set(`ELGETOPT_${letter}`, value);
  replacePositionals(variables, parsed.rest);
}
