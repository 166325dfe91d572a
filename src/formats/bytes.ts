/**
 * Byte strings: texts in which each character stands for one byte. Command lines, environments and paths of chains are
 * bytes, which need not be UTF-8.
 */
const PLAIN = /^[\0-\x7f]*$/;

/** A path or a word for the system: a string means UTF-8. */
export type Bytes = string | Uint8Array;

export const bytesOf = (text: string): Bytes => (PLAIN.test(text) ? text : Buffer.from(text, "latin1"));

/** Of an ordinary text, or of bytes. */
export const byteString = (bytes: Bytes): string => (typeof bytes === "string" && PLAIN.test(bytes) ? bytes : Buffer.from(bytes).toString("latin1"));

/** For a message; what is no UTF-8 is replaced. */
export const textOf = (bytes: Bytes): string => (typeof bytes === "string" ? bytes : Buffer.from(bytes).toString());
