import { isTain, readTain, TAIN_SIZE, type Tain, writeTain } from "../formats/tain.ts";
import { DICTIONARY } from "./dictionary.ts";
import { type JournalRecord, type Plain, stampOf, type TreeEvent } from "./journal-record.ts";
import { MsgpackReader } from "./msgpack-reader.ts";
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
/** By code. */
const words: readonly (string | undefined)[] = [...Array.from({ length: FIRST_WORD }, () => undefined), ...DICTIONARY];

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
    else if (isTain(text)) {
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

/** Where the stamp of a record ends, which can be read without the rest. */
export const STAMP_END = HEADER;
export const stampIn = (bytes: Uint8Array): Tain => readTain(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 1);

function decode(bytes: Uint8Array): { readonly [key: string]: Plain | undefined } {
  if (bytes.byteLength <= HEADER) throw new RangeError(`a record of ${bytes.byteLength} bytes`);
  stampNow = stampIn(bytes);
  const record = reader.read(bytes, HEADER);
  if (typeof record !== "object" || record === null || isList(record)) throw new RangeError("a record without fields");
  return upcast(bytes[0] ?? 0, record as { readonly [key: string]: Plain });
}

const isList = (value: object): value is readonly unknown[] => Array.isArray(value);

const reader = new MsgpackReader({
  character(code) {
    if (code === SAME_STAMP) return stampNow ?? "";
    const found = words[code];
    if (found === undefined) throw new RangeError(`no word ${code} in the dictionary`);
    return found;
  },
  text(text) {
    if (text.startsWith(ESCAPE)) return text.slice(1);
    return text.length === 1 ? this.character(text.charCodeAt(0)) : text;
  },
  binary(view, offset, size) {
    if (size !== TAIN_SIZE) throw new RangeError(`a binary of ${size} bytes`);
    return readTain(view, offset);
  },
});
