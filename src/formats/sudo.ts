/**
 * What s6-sudoc and s6-sudod say to each other (s6 documentation, s6-sudo). Numbers are big-endian.
 *
 *   1. server: its banner
 *   2. client: a message (unixmessage.ts) with its stdin, stdout and stderr; the body is the client's banner, argc, envc, bytes of
 *      the arguments, bytes of the variables (4 bytes each), the arguments, the variables, each with a NUL behind it
 *   3. server: 1 byte, 0 for started, else errno
 *   4. server: 4 bytes, the raw wait status
 */
import type { WaitStatus } from "./wait-status.ts";

const CLIENT_BANNER = Buffer.from("s6-sudo a v1.0\n");
export const SERVER_BANNER = Buffer.from("s6-sudo b v1.0\n");
export const STATUS_BYTES = 4;
export const REQUEST_DESCRIPTORS = 3;

/** More than any kernel takes as the arguments and variables of a program. */
export const MOST_REQUEST_BYTES = 8 * 1024 * 1024;
/** Of arguments, and of variables. */
const MOST_STRINGS = 131_072;

const COUNTS_AT = CLIENT_BANNER.length;
const STRINGS_AT = COUNTS_AT + 16;

/** Byte strings. */
export interface SudoRequest {
  readonly args: readonly string[];
  /** NAME=VALUE. */
  readonly variables: readonly string[];
}

/** What is wrong with a body; `answer`: the client is told this errno. */
export interface SudoFault {
  readonly fault: string;
  readonly exitCode: 100 | 111;
  readonly answer: number | undefined;
}

/** Answers of step 3. */
export const STARTED = 0;
const EINVAL = 22;

const fault = (text: string, exitCode: 100 | 111 = 100, answer?: number): SudoFault => ({ fault: text, exitCode, answer });

/** The body of the message. @throws RangeError for a NUL in a string */
export function makeSudoRequest({ args, variables }: SudoRequest): Uint8Array {
  const strings = [args, variables].map((texts) => Buffer.from(texts.map((text) => `${text}\0`).join(""), "latin1"));
  if ([...args, ...variables].some((text) => text.includes("\0"))) throw new RangeError("a NUL in a string");
  const head = Buffer.alloc(STRINGS_AT);
  CLIENT_BANNER.copy(head);
  for (const [index, number] of [args.length, variables.length, ...strings.map(({ length }) => length)].entries()) head.writeUInt32BE(number, COUNTS_AT + 4 * index);
  return Buffer.concat([head, ...strings]);
}

/** Reads all of a body, or says what is wrong with it, in the order in which s6 looks. */
export function parseSudoRequest(bytes: Uint8Array): SudoRequest | SudoFault {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (body.length < STRINGS_AT) return fault("wrong client message");
  if (!body.subarray(0, COUNTS_AT).equals(CLIENT_BANNER)) return fault("wrong client banner");
  const [argc, envc, argBytes, envBytes] = [0, 4, 8, 12].map((at) => body.readUInt32BE(COUNTS_AT + at)) as [number, number, number, number];
  if (STRINGS_AT + argBytes + envBytes !== body.length) return fault("wrong client argc/envlen");
  if (argc > MOST_STRINGS || envc > MOST_STRINGS) return fault("too many args/envvars from client");
  const args = strings(body.subarray(STRINGS_AT, STRINGS_AT + argBytes), argc);
  if (args === undefined) return fault("unable to make child argv: Invalid argument", 111, EINVAL);
  const variables = strings(body.subarray(STRINGS_AT + argBytes), envc);
  if (variables === undefined) return fault("unable to make child envp: Invalid argument", 111, EINVAL);
  if (!variables.every((text) => text.includes("="))) return fault("bad environment from client", 100, EINVAL);
  return { args, variables };
}

/** Exactly `count` strings, each with its NUL; s6 lets what is behind them pass. */
function strings(bytes: Buffer, count: number): string[] | undefined {
  let found = 0;
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) if (++found > count) return undefined;
  if (found !== count || (bytes.length > 0 && bytes[bytes.length - 1] !== 0)) return undefined;
  return count === 0 ? [] : bytes.toString("latin1", 0, bytes.length - 1).split("\0");
}

export function makeSudoStatus(status: WaitStatus): Uint8Array {
  const bytes = Buffer.alloc(STATUS_BYTES);
  bytes.writeUInt32BE(status);
  return bytes;
}

export const parseSudoStatus = (bytes: Uint8Array): WaitStatus => Buffer.from(bytes).readUInt32BE();
