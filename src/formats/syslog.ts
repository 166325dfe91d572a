/** Names as syslog gives them (glibc's tables, the first of each number). */
const FACILITIES: readonly string[] = [
  "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
  "unknown", "unknown", "unknown", "unknown",
  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7", "mark",
];
const PRIORITIES: readonly string[] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];
const CODE_MAX = 0xffffffff;

/** `daemon.info` for 30. */
const syslogName = (code: number): string => `${FACILITIES[(code >> 3) & 127] ?? "unknown"}.${PRIORITIES[code & 7] ?? ""}`;

export interface Translated {
  /** `daemon.info: `, or nothing. */
  readonly name: string;
  /** What follows the code. */
  readonly text: Uint8Array;
}

/** A message without its leading `<NUMBER>`, if it has one that is complete and is one. */
export function translateCode(message: Uint8Array): Translated {
  const untouched = { name: "", text: message };
  if (message[0] !== ascii("<")) return untouched;
  let at = 1;
  let code = 0;
  for (; isDigit(message[at]); at++) {
    code = code * 10 + (message[at] ?? 0) - ascii("0");
    if (code > CODE_MAX) return untouched;
  }
  if (at === 1 || message[at] !== ascii(">")) return untouched;
  return { name: `${syslogName(code)}: `, text: message.subarray(at + 1) };
}

/**
 * The line for a datagram: `bytes` without what ends them, NULs and newlines inside made visible, `sender` before it,
 * the code in words unless it `keepsCode`, and dots when the datagram went on.
 */
export function datagramLine(bytes: Uint8Array, sender: string, keepsCode: boolean, wentOn: boolean): Buffer {
  let end = bytes.length;
  while (end > 0 && isEnd(bytes[end - 1])) end--;
  const { name, text } = keepsCode ? { name: "", text: bytes.subarray(0, end) } : translateCode(bytes.subarray(0, end));
  return Buffer.concat([Buffer.from(sender + name), text.map((byte) => (isEnd(byte) ? ascii("~") : byte)), Buffer.from(wentOn ? "...\n" : "\n")]);
}

const ascii = (character: string): number => character.charCodeAt(0);
const isDigit = (byte = 0): boolean => byte >= ascii("0") && byte <= ascii("9");
const isEnd = (byte: number | undefined): boolean => byte === 0 || byte === ascii("\n");
