/**
 * Who writes to supervise/control, told beside the letters by our own programs: in bytes above 0x7f, which every
 * supervisor of s6 ignores. `START note MIDDLE letters END`, in one write; the note is UTF-8, two bytes for each byte.
 * It says what the writer says of itself: nobody checks it.
 */
export interface Sender {
  readonly uid: number;
  readonly pid: number;
  /** Its command line. */
  readonly command: string;
}

const START = 0xfa;
const MIDDLE = 0xfb;
const END = 0xfc;
const NIBBLE = 0x80;
/** The whole stays far below what a FIFO takes in one piece (PIPE_BUF, 4096). */
const COMMAND_BYTES_MAX = 500;
const NOTE_NIBBLES_MAX = 2 * COMMAND_BYTES_MAX;

/** The letters with their sender, in latin1. */
export function signLetters(letters: string, { uid, pid, command }: Sender): string {
  const note = Buffer.from(`${uid} ${pid} ${command}`).subarray(0, COMMAND_BYTES_MAX);
  const hidden = Array.from(note, (byte) => String.fromCharCode(NIBBLE | (byte >> 4), NIBBLE | (byte & 15))).join("");
  return `${String.fromCharCode(START)}${hidden}${String.fromCharCode(MIDDLE)}${letters}${String.fromCharCode(END)}`;
}

/** Reads what comes out of a control FIFO, in any pieces: each byte that is no part of a note, with its sender. */
export class SignedReader {
  #note: number[] | undefined;
  #sender: Sender | undefined;

  *read(bytes: Uint8Array): Generator<{ readonly byte: number; readonly sender: Sender | undefined }> {
    for (const byte of bytes) {
      if (byte === START) [this.#note, this.#sender] = [[], undefined];
      else if (byte === MIDDLE) [this.#note, this.#sender] = [undefined, senderIn(this.#note ?? [])];
      else if (byte === END) this.#sender = undefined;
      else if (byte >= NIBBLE) this.#add(byte & 15);
      else yield { byte, sender: this.#sender };
    }
  }

  /** A note that is longer than any of ours is none: it is not kept. */
  #add(nibble: number): void {
    if (this.#note === undefined) return;
    if (this.#note.length === NOTE_NIBBLES_MAX) this.#note = undefined;
    else this.#note.push(nibble);
  }
}

/** undefined for a note that makes no sense. */
function senderIn(nibbles: readonly number[]): Sender | undefined {
  const bytes = Uint8Array.from({ length: nibbles.length >> 1 }, (_, index) => ((nibbles[2 * index] ?? 0) << 4) | (nibbles[2 * index + 1] ?? 0));
  const [, uid, pid, command] = /^(\d{1,10}) (\d{1,10}) (.*)$/s.exec(Buffer.from(bytes).toString("utf8")) ?? [];
  return command === undefined ? undefined : { uid: Number(uid), pid: Number(pid), command };
}
