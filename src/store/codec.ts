import { createRequire } from "node:module";
import type { Unpackr } from "msgpackr";
import { readTain, TAIN_SIZE, type Tain, writeTain } from "../formats/tain.ts";
import { DICTIONARY } from "./dictionary.ts";
import { type JournalRecord, type Plain, stampOf, type TreeEvent } from "./journal-record.ts";
import { MsgpackWriter } from "./msgpack-writer.ts";
import { RECORD_VERSION, upcast } from "./upcast.ts";

/**
 * A record on disk: version 1 byte · stamp 12 bytes · msgpack. In the msgpack part words of the dictionary are one
 * character, stamps are 12 bytes of binary, and the record's own stamp, which occurs up to four times, is one
 * character too. No shared structures: lmdb would keep them with synchronous transactions.
 */
const HEADER = 1 + TAIN_SIZE;
const SAME_STAMP = 1;
const FIRST_WORD = 2;
const ESCAPE = "\u0000";

const codes = new Map<string, number>(DICTIONARY.map((text, index) => [text, index + FIRST_WORD]));
const words = new Map<string, string>(Array.from(codes, ([text, code]) => [String.fromCharCode(code), text]));
const isStamp = (text: string): text is Tain => text.length === 2 * TAIN_SIZE && /^[0-9a-f]{24}$/.test(text);

/** Loaded with the first record that is read, as lmdb is: who only writes, or looks at pointers, never pays for it. */
let unpackr: Unpackr | undefined;
function reader(): Unpackr {
  if (unpackr === undefined) {
    const msgpackr = createRequire(import.meta.filename)("msgpackr") as typeof import("msgpackr");
    unpackr = new msgpackr.Unpackr({ useRecords: false });
  }
  return unpackr;
}

export const encodeRecord = (record: JournalRecord): Uint8Array => encode(stampOf(record), record);

/** @throws RangeError when the bytes are no record or of a later version. */
export const decodeRecord = (bytes: Uint8Array): JournalRecord => decode(bytes) as unknown as JournalRecord;

export const encodeTreeEvent = (event: TreeEvent): Uint8Array => encode(event.at, event);

/** @throws RangeError as decodeRecord. */
export const decodeTreeEvent = (bytes: Uint8Array): TreeEvent => decode(bytes) as TreeEvent;

let stampNow: Tain | undefined;
const writer = new MsgpackWriter(
  (out, text) => {
    if (text === stampNow) out.character(SAME_STAMP);
    else if (isStamp(text)) {
      const { view, offset } = out.binary(TAIN_SIZE);
      writeTain(view, offset, text);
    } else word(out, text);
  },
  word,
);

function encode(stamp: Tain, record: object): Uint8Array {
  stampNow = stamp;
  const head = writer.begin(HEADER);
  head.setUint8(0, RECORD_VERSION);
  writeTain(head, 1, stamp);
  writer.map(record as { readonly [key: string]: Plain | undefined });
  return writer.finish();
}

/** One-character texts are codes, so a text of one character is marked, and so is one that begins with the mark. */
function word(out: MsgpackWriter, text: string): void {
  const code = codes.get(text);
  if (code === undefined) out.string(text.length === 1 || text.startsWith(ESCAPE) ? ESCAPE + text : text);
  else if (code < 0x80) out.character(code);
  else out.string(String.fromCharCode(code));
}

function decode(bytes: Uint8Array): { readonly [key: string]: Plain | undefined } {
  if (bytes.byteLength <= HEADER) throw new RangeError(`a record of ${bytes.byteLength} bytes`);
  const stamp = readTain(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 1);
  let body: unknown;
  try {
    body = reader().unpack(bytes.subarray(HEADER));
  } catch (error) {
    throw new RangeError("a record that is not msgpack", { cause: error });
  }
  const record = swell(body, stamp);
  if (typeof record !== "object" || record === null || Array.isArray(record)) throw new RangeError("a record without fields");
  return upcast(bytes[0] ?? 0, record as { readonly [key: string]: Plain });
}

function lengthen(text: string): string {
  if (text.startsWith(ESCAPE)) return text.slice(1);
  if (text.length !== 1) return text;
  const found = words.get(text);
  if (found === undefined) throw new RangeError(`no word ${text.charCodeAt(0)} in the dictionary`);
  return found;
}

function swell(value: unknown, stamp: Tain): unknown {
  if (typeof value === "string") return value === String.fromCharCode(SAME_STAMP) ? stamp : lengthen(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => swell(item, stamp));
  if (value instanceof Uint8Array) return readTain(new DataView(value.buffer, value.byteOffset, value.byteLength), 0);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [lengthen(key), swell(field, stamp)]));
}
