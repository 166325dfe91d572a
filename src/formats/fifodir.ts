import { formatTain, type Tain } from "./tain.ts";

/** Names in a fifodir: `ftrig1:` `@`24 hex `:` 6 characters, 39 in all; a leading dot while it is being made. */
export const FIFO_PREFIX = "ftrig1:@";
export const FIFO_NAME_LENGTH = 39;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** `random`: six bytes. */
export const fifoName = (at: Tain, random: Uint8Array): string =>
  `ftrig1:${formatTain(at)}:${Array.from(random, (byte) => ALPHABET[byte & 63]).join("")}`;

export const FIFODIR_MODE_RESTRICTED = 0o3730;
export const FIFODIR_MODE_PUBLIC = 0o1733;
export const FIFO_MODE = 0o622;

/** What s6-supervise says into event/ (s6 documentation, servicedir). */
export const EVENTS = {
  s: "supervisor started",
  u: "run spawned",
  U: "run ready",
  d: "run died",
  O: "permanent failure",
  D: "completely down",
  x: "supervisor exits",
} as const;
export type EventLetter = keyof typeof EVENTS;
