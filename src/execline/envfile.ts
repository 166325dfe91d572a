/** What an environment file says, in its order, or the first line (from 1) that says nothing. */
export type Envfile =
  | { readonly variables: readonly (readonly [name: string, value: string])[] }
  | { readonly badLine: number };

const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r" };

class BadLine extends Error {}

/**
 * KEY = VALUE lines (execline documentation, envfile), a character per byte. The same key may come again: the last one
 * counts. A NUL ends the file; one that an escape makes ends its value, as a variable can't hold it.
 */
export function parseEnvfile(content: string): Envfile {
  const end = content.indexOf("\0");
  const reader = new Reader(end < 0 ? content : content.slice(0, end));
  const variables: (readonly [string, string])[] = [];
  try {
    for (;;) {
      reader.take(/[ \t\f\r\n]*/y);
      if (reader.isAtEnd) return { variables };
      if (reader.take(/#[^\n]*/y) === "") variables.push(variable(reader));
    }
  } catch (error) {
    if (error instanceof BadLine) return { badLine: reader.line };
    throw error;
  }
}

function variable(reader: Reader): readonly [string, string] {
  const name = reader.take(/[^ \t\f\r\n='"?\\]+/y);
  if (name === "" || reader.take(/[ \t\f\r]*=[ \t\f\r]*/y) === "") throw new BadLine();
  let value = "";
  for (;;) {
    const blanks = reader.take(/[ \t\f\r]+/y);
    if (reader.isAtEnd || reader.take(/\n/y) !== "") return [name, value.replace(/\0.*/s, "")];
    value += blanks + reader.take(/[^ \t\f\r\n\\"]+/y);
    if (reader.take(/"/y) !== "") value += quoted(reader);
    else if (reader.take(/\\/y) !== "") value += escaped(reader);
  }
}

/** Outside quotes nothing but what would mean something else may be escaped. */
function escaped(reader: Reader): string {
  const byte = reader.take(/[ \t\f\r\n"\\]/y);
  if (byte === "") throw new BadLine();
  return byte === "\n" ? "" : byte;
}

function quoted(reader: Reader): string {
  let text = "";
  for (;;) {
    text += reader.take(/[^"\\\n]+/y);
    if (reader.take(/"/y) !== "") return text;
    if (reader.take(/\\/y) === "") throw new BadLine();
    text += escapedInQuotes(reader);
  }
}

function escapedInQuotes(reader: Reader): string {
  const octal = reader.take(/[0-7]{1,3}/y);
  if (octal !== "") return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  const hexadecimal = reader.take(/x[0-9a-fA-F]{2}/y);
  if (hexadecimal !== "") return String.fromCharCode(Number.parseInt(hexadecimal.slice(1), 16));
  const byte = reader.take(/[^x]/y);
  if (byte === "") throw new BadLine();
  return byte === "\n" ? "" : (ESCAPES[byte] ?? byte);
}

class Reader {
  readonly #content: string;
  #at = 0;
  line = 1;

  constructor(content: string) {
    this.#content = content;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#content.length;
  }

  /** What a sticky expression matches here; "" if nothing. */
  take(expression: RegExp): string {
    expression.lastIndex = this.#at;
    const [text = ""] = expression.exec(this.#content) ?? [];
    this.#at += text.length;
    for (const byte of text) if (byte === "\n") this.line++;
    return text;
  }
}
