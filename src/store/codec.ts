import { createRequire } from "node:module";
import type { Packr } from "msgpackr";
import { readTain, TAIN_SIZE, type Tain, writeTain } from "../formats/tain.ts";
import { DICTIONARY } from "./dictionary.ts";
import { type JournalRecord, type Plain, stampOf, type TreeEvent } from "./journal-record.ts";
import { RECORD_VERSION, upcast } from "./upcast.ts";

/**
 * A record on disk: version 1 byte · stamp 12 bytes · msgpack. In the msgpack part words of the dictionary are one
 * character, stamps are 12 bytes of binary, and the record's own stamp, which occurs up to four times, is one
 * character too. No shared structures: lmdb would keep them with synchronous transactions.
 */
const HEADER = 1 + TAIN_SIZE;
const SAME_STAMP = "\u0001";
const FIRST_WORD = 2;
const ESCAPE = "\u0000";

const codes = new Map<string, string>(DICTIONARY.map((word, index) => [word, String.fromCharCode(index + FIRST_WORD)]));
const words = new Map<string, string>(Array.from(codes, ([word, code]) => [code, word]));
const isStamp = (text: string): text is Tain => text.length === 2 * TAIN_SIZE && /^[0-9a-f]{24}$/.test(text);

/** Loaded with the first record, as lmdb is: programs that only look at types and pointers never pay for it. */
let packr: Packr | undefined;
function codec(): Packr {
  if (packr === undefined) {
    const msgpackr = createRequire(import.meta.filename)("msgpackr") as typeof import("msgpackr");
    packr = new msgpackr.Packr({ useRecords: false });
  }
  return packr;
}

export const encodeRecord = (record: JournalRecord): Uint8Array => encode(stampOf(record), record);

/** @throws RangeError when the bytes are no record or of a later version. */
export const decodeRecord = (bytes: Uint8Array): JournalRecord => decode(bytes) as unknown as JournalRecord;

export const encodeTreeEvent = (event: TreeEvent): Uint8Array => encode(event.at, event);

/** @throws RangeError as decodeRecord. */
export const decodeTreeEvent = (bytes: Uint8Array): TreeEvent => decode(bytes) as TreeEvent;

function encode(stamp: Tain, record: object): Uint8Array {
  const body = codec().pack(squeeze(record, stamp));
  const bytes = new Uint8Array(HEADER + body.byteLength);
  bytes[0] = RECORD_VERSION;
  writeTain(new DataView(bytes.buffer), 1, stamp);
  bytes.set(body, HEADER);
  return bytes;
}

function decode(bytes: Uint8Array): { readonly [key: string]: Plain | undefined } {
  if (bytes.byteLength <= HEADER) throw new RangeError(`a record of ${bytes.byteLength} bytes`);
  const stamp = readTain(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 1);
  let body: unknown;
  try {
    body = codec().unpack(bytes.subarray(HEADER));
  } catch (error) {
    throw new RangeError("a record that is not msgpack", { cause: error });
  }
  const record = swell(body, stamp);
  if (typeof record !== "object" || record === null || Array.isArray(record)) throw new RangeError("a record without fields");
  return upcast(bytes[0] ?? 0, record as { readonly [key: string]: Plain });
}

function squeeze(value: unknown, stamp: Tain): unknown {
  if (typeof value === "string") return squeezeText(value, stamp);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => squeeze(item, stamp));
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) fields[shorten(key)] = squeeze(field, stamp);
  }
  return fields;
}

function squeezeText(text: string, stamp: Tain): unknown {
  if (text === stamp) return SAME_STAMP;
  if (!isStamp(text)) return shorten(text);
  const bytes = Buffer.alloc(TAIN_SIZE);
  writeTain(new DataView(bytes.buffer, bytes.byteOffset, TAIN_SIZE), 0, text);
  return bytes;
}

/** One-character texts are codes, so a text of one character is marked, and so is one that begins with the mark. */
const shorten = (text: string): string =>
  codes.get(text) ?? (text.length === 1 || text.startsWith(ESCAPE) ? ESCAPE + text : text);

function lengthen(text: string): string {
  if (text.startsWith(ESCAPE)) return text.slice(1);
  if (text.length !== 1) return text;
  const word = words.get(text);
  if (word === undefined) throw new RangeError(`no word ${text.charCodeAt(0)} in the dictionary`);
  return word;
}

function swell(value: unknown, stamp: Tain): unknown {
  if (typeof value === "string") return value === SAME_STAMP ? stamp : lengthen(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => swell(item, stamp));
  if (value instanceof Uint8Array) return readTain(new DataView(value.buffer, value.byteOffset, value.byteLength), 0);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [lengthen(key), swell(field, stamp)]));
}
