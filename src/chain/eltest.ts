import { ExitError } from "../cli/failures.ts";
import { evaluate, type Facts } from "../execline/expression.ts";
import { ExpressionError, parseExpression } from "../execline/expression-tree.ts";
import { bytesOf } from "../formats/bytes.ts";
import { type ChainProcess, exits, type Next } from "./process.ts";

/** eltest EXPRESSION: no options, every word is part of it. */
export function runEltest(args: readonly string[], process: ChainProcess): Next {
  try {
    return exits(evaluate(parseExpression(args), factsOf(process)) ? 0 : 1);
  } catch (error) {
    if (error instanceof ExpressionError) throw new ExitError(100, error.message, { cause: error });
    throw error;
  }
}

function factsOf({ sys, environment, descriptors }: ChainProcess): Facts {
  return {
    stat: (path) => sys.fileFacts(bytesOf(path), true),
    lstat: (path) => sys.fileFacts(bytesOf(path), false),
    access: (path, right) => sys.mayAccess(bytesOf(path), right),
    isTerminal: (fd) => descriptors.isOpen(fd) && sys.isTerminal(fd),
    isSet: (name) => environment.get(name) !== undefined,
    matches: (text, pattern) => sys.matchesRegex(Buffer.from(text, "latin1"), Buffer.from(pattern, "latin1")),
    euid: sys.geteuid(),
    egid: sys.getegid(),
  };
}
