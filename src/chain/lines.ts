import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";

/** As much as is read at once from a descriptor that others may read, too: what execline's buffer of 8 KiB holds. */
const BLOCK = 8191;
/** Of the length of a netstring, with the colon. */
const LONGEST_LENGTH = 21;
const LONGEST = 2 ** 31;

export interface LineRules {
  /** Bytes; "": the input is netstrings. */
  readonly delimiters: string;
  /** Lines lose their delimiter, and what none ends is no line. */
  readonly chomp: boolean;
  /** Empty ones don't count. */
  readonly crunch: boolean;
}

/** Of a descriptor, as they come; byte strings. @throws SystemError whose syscall says what was read */
export function linesOf(sys: Sys, fd: number, rules: LineRules): Generator<string> {
  return rules.delimiters === "" ? netstrings(sys, fd) : delimited(sys, fd, rules);
}

function* delimited(sys: Sys, fd: number, { delimiters, chomp, crunch }: LineRules): Generator<string> {
  let begun = "";
  for (const block of blocksOf(sys, fd, "skagetlnsep")) {
    let start = 0;
    for (let at = 0; at < block.length; at++) {
      if (!delimiters.includes(block.charAt(at))) continue;
      const line = begun + block.slice(start, at);
      begun = "";
      start = at + 1;
      if (line !== "" || !crunch) yield chomp ? line : line + block.charAt(at);
    }
    begun += block.slice(start);
  }
  if (begun !== "" && !chomp) yield begun;
}

function* netstrings(sys: Sys, fd: number): Generator<string> {
  const fail = (code: string): SystemError => new SystemError("netstring_get", undefined, code);
  let rest = "";
  for (const block of blocksOf(sys, fd, "netstring_get")) {
    rest += block;
    for (;;) {
      const colon = rest.indexOf(":");
      if (colon < 0 && rest.length < LONGEST_LENGTH) break;
      const length = rest.slice(0, Math.max(colon, 0));
      if (!/^[0-9]+$/.test(length)) throw fail("EPROTO");
      const size = Number(length);
      if (size > LONGEST) throw fail("ENOMEM");
      const end = colon + 1 + size;
      if (rest.length <= end) break;
      if (rest[end] !== ",") throw fail("EPROTO");
      yield rest.slice(colon + 1, end);
      rest = rest.slice(end + 1);
    }
  }
  if (rest !== "") throw fail("EPIPE");
}

function* blocksOf(sys: Sys, fd: number, what: string): Generator<string> {
  const bytes = new Uint8Array(BLOCK);
  for (;;) {
    const count = readNamed(sys, fd, bytes, what);
    if (count === 0) return;
    if (count === "again") sys.pollReadable([fd], undefined);
    else yield Buffer.from(bytes.subarray(0, count)).toString("latin1");
  }
}

function readNamed(sys: Sys, fd: number, bytes: Uint8Array, what: string): number | "again" {
  try {
    return sys.readFd(fd, bytes);
  } catch (error) {
    throw error instanceof SystemError ? new SystemError(what, undefined, error.code) : error;
  }
}
