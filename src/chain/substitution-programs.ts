import { ExitError, UsageError } from "../cli/failures.ts";
import { readBlock } from "../execline/block.ts";
import { complaintsOf, takeBlock } from "./block.ts";
import { define, type Directive, DIRECTIVES, elgetpositionals, elglob, EmptyBlock, importas, multidefine, type TakeBlock } from "./directives.ts";
import { strictnessOf } from "./environment.ts";
import type { Link, Parse, Source } from "./operation.ts";

/** A directive that is a program of its own. */
function program(directive: Directive): Parse {
  return (args, strict) => {
    const blocks = new Blocks(strictnessOf(strict), 1);
    return withWarnings(blocks.warnings, () => {
      const { source, rest } = directive(args, blocks.take);
      return { operations: [], rest, substitution: [source] };
    });
  };
}

export const parseDefine = program(define);
export const parseElgetpositionals = program(elgetpositionals);
export const parseElglob = program(elglob);
export const parseImportas = program(importas);
export const parseMultidefine = program(multidefine);

/** multisubstitute { directives... } prog... */
export const parseMultisubstitute: Parse = (args, strict) => {
  if (args.length === 0) throw new UsageError();
  const { words, rest, complaints } = takeBlock(args, strictnessOf(strict));
  if (rest.length === 0) throw new UsageError(undefined, { warnings: complaints });
  const blocks = new Blocks(strictnessOf(strict), 2);
  blocks.warnings.push(...complaints);
  return { operations: [], rest, substitution: sourcesOf(words, blocks.take), warnings: blocks.warnings };
};

/** Directives as far as they are right: those before a wrong one are done before it is told of. */
function sourcesOf(words: readonly string[], take: TakeBlock): Source[] {
  const sources: Source[] = [];
  for (let left = words; left.length > 0;) {
    const [name = "", ...args] = left;
    try {
      const directive = DIRECTIVES.get(name);
      if (directive === undefined) throw new ExitError(100, `syntax error: unrecognized directive ${name}`);
      const { source, rest } = directive(args, take);
      sources.push({ type: "directive", name, source });
      left = rest;
    } catch (error) {
      return [...sources, { type: "failure", error: failureOf(name, error) }];
    }
  }
  return sources;
}

function failureOf(name: string, error: unknown): { readonly exitCode: number; readonly message: string } {
  if (error instanceof UsageError) return { exitCode: 100, message: `syntax error at directive ${name}` };
  if (error instanceof EmptyBlock) return { exitCode: 111, message: `unknown error with directive ${name}` };
  if (error instanceof ExitError) return error;
  throw error;
}

/** Blocks of a command line, counted. */
class Blocks {
  readonly warnings: string[] = [];
  readonly #strictness: number;
  #number: number;

  constructor(strictness: number, first: number) {
    this.#strictness = strictness;
    this.#number = first;
  }

  readonly take: TakeBlock = (args) => {
    const block = readBlock(args);
    const complaints = complaintsOf(block, this.#strictness, this.#number++);
    this.warnings.push(...complaints);
    return block;
  };
}

function withWarnings(warnings: readonly string[], parse: () => Link): Link {
  try {
    return { ...parse(), warnings };
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(error.message, { warnings });
    if (error instanceof ExitError) throw new ExitError(error.exitCode, error.message, { warnings });
    throw error;
  }
}
