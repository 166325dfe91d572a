const UNARY = [
  "-b", "-c", "-d", "-e", "-f", "-g", "-h", "-k", "-n", "-p", "-r", "-s", "-t", "-u", "-v", "-w", "-x", "-z", "-G", "-L",
  "-N", "-O", "-S", "-U",
] as const;
const BINARY = [
  "-ef", "-eq", "-ge", "-gt", "-le", "-lt", "-ne", "-nt", "-ot", "=", "!=", "<", "<=", ">", ">=", "=~",
] as const;

export type UnaryOperator = (typeof UNARY)[number];
export type BinaryOperator = (typeof BINARY)[number];

export type Expression =
  /** No words at all: false. */
  | { readonly type: "nothing" }
  /** True unless it is empty. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "unary"; readonly operator: UnaryOperator; readonly operand: string }
  | { readonly type: "binary"; readonly operator: BinaryOperator; readonly left: string; readonly right: string }
  | { readonly type: "not"; readonly operand: Expression }
  | { readonly type: "and" | "or"; readonly left: Expression; readonly right: Expression };

/** What is wrong with an expression, or with an operand of it; exit code 100. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unary"; readonly operator: UnaryOperator }
  | { readonly kind: "binary"; readonly operator: BinaryOperator }
  | { readonly kind: "!" | "-a" | "-o" | "(" | ")" };

/** eltest's expression (execline documentation, eltest). @throws ExpressionError */
export function parseExpression(words: readonly string[]): Expression {
  if (words.length === 0) return { type: "nothing" };
  const tokens = words.map(tokenOf);
  checkOrder(tokens);
  return new Parser(tokens).expression();
}

/** What looks like an operator is one, wherever it stands; a backslash in front of a word says that it is text. */
function tokenOf(word: string): Token {
  if (word === "!" || word === "-a" || word === "-o" || word === "(" || word === ")") return { kind: word };
  const unary = UNARY.find((operator) => operator === word);
  if (unary !== undefined) return { kind: "unary", operator: unary };
  const binary = BINARY.find((operator) => operator === word);
  if (binary !== undefined) return { kind: "binary", operator: binary };
  return { kind: "text", text: word.replace(/^\\/, "") };
}

/**
 * Complains of the word that C's program complains of. Its grammar lets "a = b = c" pass, and never makes a value of it:
 * the level of parentheses where that happened can't be closed any more.
 */
function checkOrder(tokens: readonly Token[]): void {
  const levels = [{ isStuck: false }];
  let after: "nothing" | "operator" | "text" | "operand" | "parenthesis" = "nothing";
  for (const [index, { kind }] of tokens.entries()) {
    const isEnd = after === "text" || after === "operand" || after === "parenthesis";
    if (kind === "text" && !isEnd) after = after === "nothing" ? "text" : "operand";
    else if (kind === "unary" && after === "nothing") after = "operator";
    else if (kind === "!" && after === "nothing") continue;
    else if (kind === "(" && after === "nothing") levels.push({ isStuck: false });
    else if (kind === "binary" && isEnd && after !== "parenthesis") {
      const level = levels.at(-1);
      if (after === "operand" && level !== undefined) level.isStuck = true;
      after = "operator";
    } else if ((kind === "-a" || kind === "-o") && isEnd) after = "nothing";
    else if (kind === ")" && isEnd) {
      if (levels.length === 1 || levels.pop()?.isStuck === true) {
        throw badParenthesis(index + 1, tokens[index + 1]?.kind);
      }
      after = "parenthesis";
    } else throw wrongAt(index);
  }
  if (after === "nothing" || after === "operator") throw wrongAt(tokens.length);
  if (levels.length > 1 || levels[0]?.isStuck === true) throw new ExpressionError("parse error: too many left parentheses");
}

/** What comes next is looked at first. */
const badParenthesis = (index: number, next: Token["kind"] | undefined): ExpressionError =>
  next === undefined || next === "-a" || next === "-o" || next === ")"
    ? new ExpressionError(`parse error: bad right parenthesis at argument ${index}`)
    : wrongAt(index);

const wrongAt = (index: number): ExpressionError => new ExpressionError(`parse error at argument ${index}`);

/** -o, -a, ! in the order of ascending precedence; -a and -o associate to the left. For tokens in order. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(): Expression {
    let left = this.#conjunction();
    while (this.#skips("-o")) left = { type: "or", left, right: this.#conjunction() };
    return left;
  }

  #conjunction(): Expression {
    let left = this.#factor();
    while (this.#skips("-a")) left = { type: "and", left, right: this.#factor() };
    return left;
  }

  #factor(): Expression {
    const token = this.#tokens[this.#at++];
    switch (token?.kind) {
      case "!": return { type: "not", operand: this.#factor() };
      case "unary": return { type: "unary", operator: token.operator, operand: this.#text() };
      case "text": {
        const next = this.#tokens[this.#at];
        if (next?.kind !== "binary") return { type: "text", text: token.text };
        this.#at++;
        return { type: "binary", operator: next.operator, left: token.text, right: this.#text() };
      }
      case "(": {
        const inner = this.expression();
        this.#at++;
        return inner;
      }
      case ")": case "-a": case "-o": case "binary": case undefined: throw wrongAt(this.#at - 1);
    }
  }

  #text(): string {
    const token = this.#tokens[this.#at++];
    if (token?.kind !== "text") throw wrongAt(this.#at - 1);
    return token.text;
  }

  #skips(kind: Token["kind"]): boolean {
    if (this.#tokens[this.#at]?.kind !== kind) return false;
    this.#at++;
    return true;
  }
}
