import type { Plain } from "./journal-record.ts";

/**
 * Plain data as msgpack, in one pass and without objects in between: every death and every start of a service is
 * recorded, and a general encoder behind a rewriting pass took a third of their time.
 */
const FIX_MAP = 0x80, FIX_ARRAY = 0x90, FIX_STRING = 0xa0;
const NULL = 0xc0, FALSE = 0xc2, TRUE = 0xc3;
const BINARY_8 = 0xc4, FLOAT_64 = 0xcb;
const UINT_8 = 0xcc, UINT_16 = 0xcd, UINT_32 = 0xce, INT_32 = 0xd2;
const STRING_8 = 0xd9, STRING_16 = 0xda, STRING_32 = 0xdb, ARRAY_32 = 0xdd, MAP_32 = 0xdf;
/** The longest head of a value, and the longest number. */
const ROOM = 16;

export class MsgpackWriter {
  #bytes = Buffer.allocUnsafe(4096);
  #view = viewOf(this.#bytes);
  #end = 0;
  readonly #text: (writer: MsgpackWriter, text: string) => void;
  readonly #key: (writer: MsgpackWriter, key: string) => void;

  /** `text` and `key` decide how strings are written: with string() or binary(). */
  constructor(text: (writer: MsgpackWriter, text: string) => void, key: (writer: MsgpackWriter, key: string) => void) {
    this.#text = text;
    this.#key = key;
  }

  /** Begins a new message behind `head` bytes that are the caller's. */
  begin(head: number): DataView {
    this.#end = head;
    return this.#view;
  }

  /** A copy of all that was written since begin(). */
  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, 0, this.#end);
  }

  value(value: Plain): void {
    this.#need(ROOM);
    if (typeof value === "string") this.#text(this, value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "boolean") this.#byte(value ? TRUE : FALSE);
    else if (value === null) this.#byte(NULL);
    else if (isList(value)) this.#array(value);
    else this.map(value);
  }

  /** Fields that are undefined are left out. */
  map(record: { readonly [key: string]: Plain | undefined }): void {
    const keys = Object.keys(record);
    let count = 0;
    for (let index = 0; index < keys.length; index++) if (record[keys[index] as string] !== undefined) count++;
    this.#need(ROOM);
    this.#head(count, FIX_MAP, MAP_32);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string;
      const field = record[key];
      if (field === undefined) continue;
      this.#need(ROOM);
      this.#key(this, key);
      this.value(field);
    }
  }

  string(text: string): void {
    const size = Buffer.byteLength(text);
    this.#need(ROOM + size);
    if (size < 32) this.#byte(FIX_STRING + size);
    else if (size < 0x100) this.#sized(STRING_8, size, 1);
    else if (size < 0x10000) this.#sized(STRING_16, size, 2);
    else this.#sized(STRING_32, size, 4);
    this.#end += this.#bytes.write(text, this.#end);
  }

  /** A string of one byte. */
  character(code: number): void {
    this.#byte(FIX_STRING + 1);
    this.#byte(code);
  }

  /** Room for `size` bytes (at most 12) of binary, which the caller writes at the answered place. */
  binary(size: number): { readonly view: DataView; readonly offset: number } {
    this.#sized(BINARY_8, size, 1);
    const offset = this.#end;
    this.#end += size;
    return { view: this.#view, offset };
  }

  #array(list: readonly Plain[]): void {
    this.#head(list.length, FIX_ARRAY, ARRAY_32);
    for (const item of list) this.value(item);
  }

  #head(count: number, fix: number, long: number): void {
    if (count < 16) this.#byte(fix + count);
    else this.#sized(long, count, 4);
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || Object.is(value, -0) || value > 0xffffffff || value < -0x80000000) {
      this.#byte(FLOAT_64);
      this.#view.setFloat64(this.#end, value);
      this.#end += 8;
    } else if (value < 0) {
      if (value >= -32) this.#byte(value & 0xff);
      else this.#sized(INT_32, value >>> 0, 4);
    } else if (value < 0x80) this.#byte(value);
    else if (value < 0x100) this.#sized(UINT_8, value, 1);
    else if (value < 0x10000) this.#sized(UINT_16, value, 2);
    else this.#sized(UINT_32, value, 4);
  }

  #byte(byte: number): void {
    this.#bytes[this.#end++] = byte;
  }

  #sized(type: number, number: number, width: 1 | 2 | 4): void {
    this.#byte(type);
    if (width === 1) this.#view.setUint8(this.#end, number);
    else if (width === 2) this.#view.setUint16(this.#end, number);
    else this.#view.setUint32(this.#end, number);
    this.#end += width;
  }

  #need(room: number): void {
    if (this.#end + room <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#end + room));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

const isList = (value: Exclude<Plain, null | boolean | number | string>): value is readonly Plain[] => Array.isArray(value);
const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
