/**
 * What is said to an fd-holder, and what it answers (s6 documentation, libs6 fdholder and s6-fdholder-errorcodes). Bodies of
 * Unix messages (unixmessage.ts). Ids and dates are byte strings: a character per byte.
 */
import { MOST_DESCRIPTORS } from "./unixmessage.ts";

/** The packed TAI64N label: 12 bytes, which sort as time does. */
export type PackedDate = string & { readonly __brand: "PackedDate" };

export interface DumpEntry {
  readonly date: PackedDate;
  readonly id: string;
}

export type Request =
  | { readonly type: "store"; readonly date: PackedDate; readonly id: string }
  | { readonly type: "delete"; readonly id: string }
  /** `deletes`: it is not held any more afterwards. */
  | { readonly type: "retrieve"; readonly id: string; readonly deletes: boolean }
  | { readonly type: "list" }
  | { readonly type: "getDump" }
  /** So many descriptors will come, in dumpData. */
  | { readonly type: "setDump"; readonly total: number }
  /** An entry for each descriptor of the message. */
  | { readonly type: "dumpData"; readonly entries: readonly DumpEntry[] };

export const ID_BYTES_MAX = 255;
const DATE_BYTES = 12;
/** What an entry of a dump has besides its id: date, length, NUL. */
const ENTRY_BYTES = DATE_BYTES + 2;
/** As many as older peers announce at most. */
export const MOST_REQUEST_BYTES = 1 + 255 * (ENTRY_BYTES + ID_BYTES_MAX);
/** With this first byte, a date is further away than anybody waits: 2^60 seconds from 1970 at least. */
const FAR = 0x50;
const NEVER_SECONDS = 2n ** 61n;

const [STORE, DELETE, RETRIEVE, LIST, GET_DUMP, SET_DUMP, DUMP_DATA] = Buffer.from("SDRL?!.");
const NUL = "\0";

// -- dates -----------------------------------------------------------------------------------------------------------

export const isFar = (date: PackedDate): boolean => date.charCodeAt(0) >= FAR;
/** Of the 24 hexadecimal digits of a Tain. */
export const packDate = (digits: string): PackedDate => Buffer.from(digits, "hex").toString("latin1") as PackedDate;
/** 24 hexadecimal digits. */
export const dateDigits = (date: PackedDate): string => Buffer.from(date, "latin1").toString("hex");

/** A nanosecond later. */
export function nextDate(date: PackedDate): PackedDate {
  const bytes = Buffer.from(date, "latin1");
  const nano = bytes.readUInt32BE(8) + 1;
  if (nano < 1e9) {
    bytes.writeUInt32BE(nano, 8);
  } else {
    bytes.writeBigUInt64BE(BigInt.asUintN(64, bytes.readBigUInt64BE(0) + 1n), 0);
    bytes.writeUInt32BE(nano - 1e9, 8);
  }
  return bytes.toString("latin1") as PackedDate;
}

/** `now`: 24 hexadecimal digits. Without a lifetime, 2^61 seconds later. */
export function expiryDate(now: string, lifetimeMs: number | undefined): PackedDate {
  const [seconds, nano] = [BigInt(`0x${now.slice(0, 16)}`), Number.parseInt(now.slice(16), 16)];
  if (lifetimeMs === undefined) return dateOf(seconds + NEVER_SECONDS, nano);
  const sum = nano + (lifetimeMs % 1000) * 1e6;
  return dateOf(seconds + BigInt(Math.floor(lifetimeMs / 1000) + Math.floor(sum / 1e9)), sum % 1e9);
}

/** Half of what "never" is, or more. */
export const isNever = (date: PackedDate, now: string): boolean => BigInt(`0x${dateDigits(date).slice(0, 16)}`) >= BigInt(`0x${now.slice(0, 16)}`) + NEVER_SECONDS / 2n;

const dateOf = (seconds: bigint, nano: number): PackedDate =>
  packDate(seconds.toString(16).padStart(16, "0") + nano.toString(16).padStart(8, "0"));

// -- requests --------------------------------------------------------------------------------------------------------

/** undefined: it is malformed, or has another number of descriptors than such a request. */
export function parseRequest(body: Buffer, descriptors: number): Request | undefined {
  const [command] = body;
  if (command === DUMP_DATA) {
    if (descriptors === 0) return undefined;
    const entries = parseEntries(body, 1, descriptors);
    return entries === undefined ? undefined : { type: "dumpData", entries };
  }
  if (descriptors !== (command === STORE ? 1 : 0)) return undefined;
  switch (command) {
    case STORE: {
      const id = parseId(body, 1 + DATE_BYTES);
      return id === undefined ? undefined : { type: "store", date: dateAt(body, 1), id };
    }
    case DELETE: {
      const id = parseId(body, 1);
      return id === undefined ? undefined : { type: "delete", id };
    }
    case RETRIEVE: {
      const id = parseId(body, 2);
      return id === undefined ? undefined : { type: "retrieve", id, deletes: body[1] !== 0 };
    }
    case LIST: return body.length === 1 ? { type: "list" } : undefined;
    case GET_DUMP: return body.length === 1 ? { type: "getDump" } : undefined;
    case SET_DUMP: return body.length === 5 ? { type: "setDump", total: body.readUInt32BE(1) } : undefined;
    default: return undefined;
  }
}

const dateAt = (body: Buffer, at: number): PackedDate => body.toString("latin1", at, at + DATE_BYTES) as PackedDate;

/** Length, id and NUL, which end the body. */
function parseId(body: Buffer, at: number): string | undefined {
  const length = body[at] ?? 0;
  if (length === 0 || body.length !== at + length + 2) return undefined;
  return idAt(body, at + 1, length);
}

/** NUL ends it, and is not in it. */
function idAt(body: Buffer, from: number, length: number): string | undefined {
  const end = from + length;
  if (body[end] !== 0) return undefined;
  for (let at = from; at < end; at++) if (body[at] === 0) return undefined;
  return body.toString("latin1", from, end);
}

/** Exactly so many, and nothing behind them. */
function parseEntries(body: Buffer, from: number, count: number): DumpEntry[] | undefined {
  const entries: DumpEntry[] = [];
  let at = from;
  for (let index = 0; index < count; index++) {
    const length = body[at + DATE_BYTES] ?? 0;
    if (length === 0) return undefined;
    const id = idAt(body, at + DATE_BYTES + 1, length);
    if (id === undefined) return undefined;
    entries.push({ date: dateAt(body, at), id });
    at += ENTRY_BYTES + length;
  }
  return at === body.length ? entries : undefined;
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const sized = (id: string): string => `${String.fromCharCode(id.length)}${id}${NUL}`;

export const storeRequest = (id: string, date: PackedDate): Uint8Array => bytes(`S${date}${sized(id)}`);
export const deleteRequest = (id: string): Uint8Array => bytes(`D${sized(id)}`);
export const retrieveRequest = (id: string, deletes: boolean): Uint8Array => bytes(`R${deletes ? "\x01" : NUL}${sized(id)}`);
export const listRequest = (): Uint8Array => bytes("L");
export const getDumpRequest = (): Uint8Array => bytes("?");
export const setDumpRequest = (total: number): Uint8Array => Buffer.concat([bytes("!"), uint32(total)]);
export const dumpDataRequest = (entries: readonly DumpEntry[]): Uint8Array => bytes(`.${entryTexts(entries)}`);

const entryTexts = (entries: readonly DumpEntry[]): string => entries.map(({ date, id }) => `${date}${sized(id)}`).join("");

function uint32(...values: readonly number[]): Buffer {
  const packed = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) packed.writeUInt32BE(value, 4 * index);
  return packed;
}

// -- answers: a byte, 0 or the number of an error, and what belongs to it --------------------------------------------

/** How many messages carry so many descriptors. */
export const messagesFor = (total: number, most = MOST_DESCRIPTORS): number => Math.ceil(total / most);

export const codeAnswer = (code: number): Uint8Array => Uint8Array.of(code);
export const listAnswer = (ids: readonly string[]): Uint8Array => Buffer.concat([codeAnswer(0), uint32(ids.length), bytes(ids.map((id) => id + NUL).join(""))]);
/** Before the messages of a dump. */
export const getDumpAnswer = (total: number): Uint8Array => Buffer.concat([codeAnswer(0), uint32(messagesFor(total), total)]);
export const dumpMessage = (entries: readonly DumpEntry[]): Uint8Array => bytes(entryTexts(entries));
export const setDumpAnswer = (total: number): Uint8Array => Buffer.concat([codeAnswer(0), uint32(messagesFor(total))]);

/** undefined: malformed, as in all of these. */
export function parseList(body: Buffer): string[] | undefined {
  if (body.length < 5) return undefined;
  const ids = body.toString("latin1", 5).split(NUL);
  return ids.pop() === "" && ids.length === body.readUInt32BE(1) ? ids : undefined;
}

export function parseGetDumpAnswer(body: Buffer): { readonly messages: number; readonly total: number } | undefined {
  if (body.length !== 9) return undefined;
  const [messages, total] = [body.readUInt32BE(1), body.readUInt32BE(5)];
  return isSplit(total, messages) ? { messages, total } : undefined;
}

export const parseDumpMessage = (body: Buffer, descriptors: number): DumpEntry[] | undefined => parseEntries(body, 0, descriptors);

/** Does the answer to setDumpRequest(total) say what it should? */
export const isSetDumpAnswer = (body: Buffer, total: number): boolean => body.length === 5 && isSplit(total, body.readUInt32BE(1));

/** Older peers count with 255 to a message. */
const isSplit = (total: number, messages: number): boolean => messages === messagesFor(total) || messages === messagesFor(total, 255);

// -- lists for people ------------------------------------------------------------------------------------------------

const LETTERS = "abtnvfr";

/** Escapes control bytes, backslash and what is not ASCII, so that each id is a line. */
export const quoteId = (id: string): string =>
  id.replace(/[^ -[\]-~]/g, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\\") return "\\\\";
    return code >= 7 && code <= 13 ? `\\${LETTERS.charAt(code - 7)}` : `\\0x${code.toString(16).padStart(2, "0")}`;
  });
