import type { Sys } from "../sys/sys.ts";
import { findProgram } from "./program-path.ts";

/** Scripts for execlineb (execline documentation, execlineb), as s6's makers write them. */

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"', "\\": "\\\\", "\x07": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r",
};
const PLAIN = /^[\w./+:=@%,~^-]+$/;

/** A word that means just these bytes; `${NAME}` in it is still substituted by those who substitute. */
export function quoted(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    return ESCAPES[character] ?? (byte < 32 || byte > 126 ? `\\0x${byte.toString(16).padStart(2, "0")}` : character);
  });
  return `"${bytes.join("")}"`;
}

/** Without quotes where it needs none, as s6 writes it. */
export const word = (text: string): string => (PLAIN.test(text) ? text : quoted(text));

/** The first line. */
export const interpreter = (sys: Sys, options: string): string => `#!${inScript(sys, "execlineb")} ${options}\n`;

/** A program by its absolute path: a script is not at the mercy of PATH. */
export const program = (sys: Sys, name: string): string => word(inScript(sys, name));

const inScript = (sys: Sys, name: string): string => findProgram(sys, name) ?? `/usr/bin/${name}`;
