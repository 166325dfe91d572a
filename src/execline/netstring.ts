import { parseUint } from "../formats/uint.ts";

/** Bytes that are not netstrings: `LEN:BYTES,` one after the other. */
export class NetstringError extends Error {}

export const encodeNetstrings = (words: readonly string[]): string => words.map((word) => `${word.length}:${word},`).join("");

export function decodeNetstrings(bytes: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const colon = bytes.indexOf(":", at);
    const size = colon < 0 ? undefined : parseUint(bytes.slice(at, colon));
    if (size === undefined) throw new NetstringError("not a netstring: no length");
    const end = colon + 1 + size;
    if (bytes[end] !== ",") throw new NetstringError("not a netstring: no comma at its end");
    words.push(bytes.slice(colon + 1, end));
    at = end + 1;
  }
  return words;
}
