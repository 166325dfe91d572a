import type { Plain } from "./journal-record.ts";

/** What strings and binaries stand for. */
export interface Meaning {
  /** A string of one byte. */
  character(code: number): string;
  text(text: string): string;
  binary(view: DataView, offset: number, size: number): Plain;
}

/**
 * Plain data from msgpack, in one pass: a history of a million records is read as fast as it can be. All of msgpack that
 * has a meaning here, also what earlier writers used; no extensions.
 *
 * @throws RangeError for anything else, and for what is cut short
 */
export class MsgpackReader {
  readonly #meaning: Meaning;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  constructor(meaning: Meaning) {
    this.#meaning = meaning;
  }

  /** The one value from `offset` to the end. */
  read(bytes: Uint8Array, offset: number): Plain {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = offset;
    const value = this.#value();
    if (this.#at !== bytes.byteLength) throw new RangeError(`${bytes.byteLength - this.#at} bytes behind the record`);
    return value;
  }

  #value(): Plain {
    const type = this.#byte();
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type - 0x80);
    if (type < 0xa0) return this.#array(type - 0x90);
    if (type < 0xc0) return this.#string(type - 0xa0);
    if (type >= 0xe0) return type - 0x100;
    switch (type) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.#binary(this.#byte());
      case 0xca: return this.#view.getFloat32(this.#skip(4));
      case 0xcb: return this.#view.getFloat64(this.#skip(8));
      case 0xcc: return this.#byte();
      case 0xcd: return this.#view.getUint16(this.#skip(2));
      case 0xce: return this.#view.getUint32(this.#skip(4));
      case 0xcf: return Number(this.#view.getBigUint64(this.#skip(8)));
      case 0xd0: return this.#view.getInt8(this.#skip(1));
      case 0xd1: return this.#view.getInt16(this.#skip(2));
      case 0xd2: return this.#view.getInt32(this.#skip(4));
      case 0xd3: return Number(this.#view.getBigInt64(this.#skip(8)));
      case 0xd9: return this.#string(this.#byte());
      case 0xda: return this.#string(this.#view.getUint16(this.#skip(2)));
      case 0xdb: return this.#string(this.#view.getUint32(this.#skip(4)));
      case 0xdc: return this.#array(this.#view.getUint16(this.#skip(2)));
      case 0xdd: return this.#array(this.#view.getUint32(this.#skip(4)));
      case 0xde: return this.#map(this.#view.getUint16(this.#skip(2)));
      case 0xdf: return this.#map(this.#view.getUint32(this.#skip(4)));
      default: throw new RangeError(`a value of type ${type}`);
    }
  }

  #map(count: number): { readonly [key: string]: Plain } {
    const map: Record<string, Plain> = {};
    for (let index = 0; index < count; index++) {
      const key = this.#value();
      if (typeof key !== "string") throw new RangeError("a key that is no text");
      const value = this.#value();
      if (key === "__proto__") Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      else map[key] = value;
    }
    return map;
  }

  #array(count: number): Plain[] {
    const list: Plain[] = [];
    for (let index = 0; index < count; index++) list.push(this.#value());
    return list;
  }

  #string(size: number): string {
    const from = this.#skip(size);
    const code = this.#bytes[from] ?? 0;
    if (size === 1 && code < 0x80) return this.#meaning.character(code);
    return this.#meaning.text(this.#bytes.toString("utf8", from, from + size));
  }

  #binary(size: number): Plain {
    return this.#meaning.binary(this.#view, this.#skip(size), size);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new RangeError("a record that is cut short");
    return byte;
  }

  /** Where the next `size` bytes begin. */
  #skip(size: number): number {
    const from = this.#at;
    this.#at += size;
    if (this.#at > this.#bytes.length) throw new RangeError("a record that is cut short");
    return from;
  }
}
