/** Message: exactly what execlineb says behind `fatal: `. */
export class ScriptError extends Error {}

/** Bytes 1 to 32, not only those that the documentation names. */
const isBlank = (char: string): boolean => char !== "" && char <= " ";

/**
 * The argument vector of a script (execline documentation, execlineb and el_semicolon). A script is bytes and ends at the
 * first NUL. Inside of blocks every word has one space in front per level, and an empty word of the level around ends a block.
 */
export const parseScript = (text: string): string[] => new Lexer(text).words();

/** "" stands for the end of the text, wherever a character is looked at. */
class Lexer {
  readonly #text: string;
  readonly #words: string[] = [];
  #at = 0;
  #level = 0;
  /** Outlives the gap between words only behind a brace with a backslash, see #brace. */
  #word = "";

  constructor(text: string) {
    const end = text.indexOf("\0");
    this.#text = end < 0 ? text : text.slice(0, end);
  }

  words(): string[] {
    while (this.#at < this.#text.length) this.#gap();
    if (this.#level > 0) throw new ScriptError("unmatched {");
    return this.#words;
  }

  /** Between words. */
  #gap(): void {
    const char = this.#text.charAt(this.#at);
    if (isBlank(char)) this.#at++;
    else if (char === "#") this.#comment();
    else if (char === "\\") this.#gapBackslash();
    else if (char === "{" || char === "}") this.#brace(char);
    else this.#startWord();
  }

  #comment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end + 1;
  }

  /** It joins lines, and vanishes at the end of the text; anything else is a word. */
  #gapBackslash(): void {
    if (this.#at + 1 === this.#text.length) this.#at++;
    else if (this.#text[this.#at + 1] === "\n") this.#at += 2;
    else this.#startWord();
  }

  /** A brace by itself is syntax, any other begins a word. */
  #brace(brace: "{" | "}"): void {
    const next = this.#text.charAt(this.#at + 1);
    if (next === "\\") {
      // An accident of C, kept: the brace waits in the word, but what follows is read as if no word had begun. So the next
      // word has its spaces behind the brace, and at the end of the text nobody fetches it.
      this.#word += this.#prefix() + brace;
      this.#at++;
      this.#gapBackslash();
    } else if (brace === "}" && (next === "" || isBlank(next))) this.#close();
    else if (isBlank(next)) this.#open();
    else if (next === "") throw new ScriptError("syntax error");
    else this.#startWord(brace);
  }

  #open(): void {
    this.#level++;
    this.#at++;
  }

  #close(): void {
    if (this.#level === 0) throw new ScriptError("unmatched }");
    this.#level--;
    this.#at++;
    this.#word += this.#prefix();
    this.#endWord();
  }

  #startWord(first = ""): void {
    this.#word += this.#prefix() + first;
    this.#at += first.length;
    this.#inWord();
    this.#endWord();
  }

  #endWord(): void {
    this.#words.push(this.#word);
    this.#word = "";
  }

  #prefix(): string {
    return " ".repeat(this.#level);
  }

  #inWord(): void {
    for (;;) {
      const char = this.#text.charAt(this.#at);
      if (char === "" || isBlank(char)) return;
      this.#at++;
      if (char === '"') this.#quoted();
      else this.#word += char === "\\" ? this.#some() : char;
    }
  }

  #quoted(): void {
    for (;;) {
      const char = this.#some();
      if (char === '"') return;
      if (char !== "\\") this.#word += char;
      // An accident of C, kept: quotes may stay open behind a number.
      else if (this.#escape() === "number" && this.#at === this.#text.length) return;
    }
  }

  /** Behind a backslash between quotes. */
  #escape(): "number" | "character" {
    const [digits] = NUMBER.exec(this.#text.slice(this.#at, this.#at + NUMBER_SIZE_MAX)) ?? [];
    if (digits !== undefined) {
      this.#at += digits.length;
      this.#word += byteOf(digits);
      return "number";
    }
    const char = this.#some();
    if (char === "0") throw new ScriptError("syntax error");
    this.#word += ESCAPES[char] ?? char;
    return "character";
  }

  /** The next character, which has to be there. */
  #some(): string {
    const char = this.#text.charAt(this.#at++);
    if (char === "") throw new ScriptError("syntax error");
    return char;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r", "\n": "" };
/** Hexadecimal, octal, decimal. */
const NUMBER = /^(?:0x[0-9a-fA-F]{1,2}|0[0-7]{1,3}|[1-9][0-9]{0,2})/;
const NUMBER_SIZE_MAX = 4;

function byteOf(digits: string): string {
  const value = digits.startsWith("0x") ? Number(digits) : Number.parseInt(digits, digits.startsWith("0") ? 8 : 10);
  if (value === 0 || value > 255) throw new ScriptError("syntax error");
  return String.fromCharCode(value);
}
