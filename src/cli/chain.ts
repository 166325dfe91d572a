import { Execution } from "../chain/execution.ts";
import type { Link } from "../chain/operation.ts";
import { become } from "./become.ts";
import { warningLine } from "./failures.ts";
import { type Context, exitCodeOf, type Program } from "./program.ts";

/** A program that changes the state of its process and becomes the rest of its command line. */
export interface ChainProgram extends Program {
  parse(args: readonly string[]): Link;
}

/** `inProcess`: where one of these is the next program, no exec comes between. */
export function chainProgram(text: Omit<ChainProgram, "main">, inProcess: readonly ChainProgram[] = []): ChainProgram {
  return {
    ...text,
    main(context) {
      const execution = new Execution(context.sys);
      try {
        return go(text, context, execution, inProcess);
      } finally {
        execution.giveUp();
      }
    },
  };
}

/** Only comes back when something fails. */
function go({ name, parse }: Omit<ChainProgram, "main">, context: Context, execution: Execution, inProcess: readonly ChainProgram[]): number {
  const { operations, rest } = parse(context.args);
  for (const operation of operations) execution.apply(operation, (text) => context.stderr(warningLine(name, text)));
  const next = inProcess.find((program) => program.name === rest[0]);
  if (next === undefined) return become(context.sys, rest, execution.request());
  // What it says, it says under its own name.
  const program = { ...next, main: (own: Context) => go(next, own, execution, inProcess) };
  return exitCodeOf(program, { ...context, args: rest.slice(1) });
}
