import type { FileFacts } from "../formats/file-facts.ts";
import { parseUint } from "../formats/uint.ts";
import { type BinaryOperator, type Expression, ExpressionError, type UnaryOperator } from "./expression-tree.ts";
import { parseUintPrefix } from "./uint-prefix.ts";

/** The system, as far as expressions ask for it. All texts are byte strings. */
export interface Facts {
  /** undefined: whatever the reason, there is no answer. */
  stat(path: string): FileFacts | undefined;
  lstat(path: string): FileFacts | undefined;
  /** access(2), which asks for the real ids. */
  access(path: string, right: "exists" | "read" | "write" | "execute"): boolean;
  isTerminal(fd: number): boolean;
  isSet(name: string): boolean;
  /** Is there a match of the extended regular expression in the text? What regcomp(3) has against the pattern. */
  matches(text: string, pattern: string): boolean | { readonly problem: string };
  readonly euid: number;
  readonly egid: number;
}

const TYPE = 0o170000;

/** What is not needed for the answer is not looked at. @throws ExpressionError for operands that make no sense */
export function evaluate(expression: Expression, facts: Facts): boolean {
  switch (expression.type) {
    case "nothing": return false;
    case "text": return expression.text !== "";
    case "unary": return unary(expression.operator, expression.operand, facts);
    case "binary": return binary(expression.operator, expression.left, expression.right, facts);
    case "not": return !evaluate(expression.operand, facts);
    case "and": return evaluate(expression.left, facts) && evaluate(expression.right, facts);
    case "or": return evaluate(expression.left, facts) || evaluate(expression.right, facts);
  }
}

function unary(operator: UnaryOperator, operand: string, facts: Facts): boolean {
  const has = (bits: number): boolean => ((facts.stat(operand)?.mode ?? 0) & bits) !== 0;
  const is = (type: number): boolean => ((facts.stat(operand)?.mode ?? 0) & TYPE) === type;
  switch (operator) {
    case "-n": return operand !== "";
    case "-z": return operand === "";
    case "-v": return facts.isSet(operand);
    case "-t": return facts.isTerminal(descriptor(operand));
    case "-e": return facts.access(operand, "exists");
    case "-r": return facts.access(operand, "read");
    case "-w": return facts.access(operand, "write");
    case "-x": return facts.access(operand, "execute");
    case "-p": return is(0o010000);
    case "-c": return is(0o020000);
    case "-d": return is(0o040000);
    case "-b": return is(0o060000);
    case "-f": return is(0o100000);
    case "-S": return is(0o140000);
    case "-h": case "-L": return ((facts.lstat(operand)?.mode ?? 0) & TYPE) === 0o120000;
    case "-k": return has(0o1000);
    case "-g": return has(0o2000);
    case "-u": return has(0o4000);
    case "-s": return (facts.stat(operand)?.size ?? 0n) > 0n;
    case "-O": case "-U": return facts.stat(operand)?.uid === facts.euid;
    case "-G": return facts.stat(operand)?.gid === facts.egid;
    case "-N": {
      const file = facts.stat(operand);
      return file !== undefined && file.mtime > file.atime;
    }
  }
}

function binary(operator: BinaryOperator, left: string, right: string, facts: Facts): boolean {
  switch (operator) {
    // A character is a byte: so the order is that of strcmp(3).
    case "=": return left === right;
    case "!=": return left !== right;
    case "<": return left < right;
    case "<=": return left <= right;
    case ">": return left > right;
    case ">=": return left >= right;
    case "=~": return matches(left, right, facts);
    case "-eq": return integer(left, operator) === integer(right, operator);
    case "-ne": return integer(left, operator) !== integer(right, operator);
    case "-lt": return integer(left, operator) < integer(right, operator);
    case "-le": return integer(left, operator) <= integer(right, operator);
    case "-gt": return integer(left, operator) > integer(right, operator);
    case "-ge": return integer(left, operator) >= integer(right, operator);
    case "-nt": case "-ot": case "-ef": return compared(operator, facts.stat(left), facts.stat(right));
  }
}

/** What is not there is older than everything, even than what is not there either; nothing is newer than it but what is. */
function compared(operator: "-nt" | "-ot" | "-ef", left: FileFacts | undefined, right: FileFacts | undefined): boolean {
  if (left === undefined) return operator === "-ot";
  if (right === undefined) return operator === "-nt";
  switch (operator) {
    case "-nt": return left.mtime > right.mtime;
    case "-ot": return left.mtime < right.mtime;
    case "-ef": return left.dev === right.dev && left.ino === right.ino;
  }
}

function matches(text: string, pattern: string, facts: Facts): boolean {
  const found = facts.matches(text, pattern);
  if (typeof found === "boolean") return found;
  // The colon in front has lost what it once stood behind; so it is with C's.
  throw new ExpressionError(`: unable to compile ${pattern} into a regular expression: ${found.problem}`);
}

/** A sign and the digits that follow, in 32 bits with a sign: what is too large for them is something else (C's, too). */
function integer(text: string, operator: BinaryOperator): number {
  const value = parseUintPrefix(text.replace(/^[-+]/, ""), 10);
  if (value === undefined) throw new ExpressionError(`${operator} requires integer arguments`);
  return (text.startsWith("-") ? -value : value) | 0;
}

function descriptor(text: string): number {
  const fd = parseUint(text);
  if (fd === undefined) throw new ExpressionError("-t requires an integer argument");
  return fd | 0;
}
