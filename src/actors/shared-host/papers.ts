import { bytesOf, textOf } from "../../formats/bytes.ts";
import { closeFd, readFd, statFd } from "../../sys/files.ts";

/** What a thin process says of itself (native/launcher/thin.c). */
export interface Papers {
  readonly program: string;
  readonly umask: number;
  /** Soft RLIMIT_NOFILE, -1 = unlimited. */
  readonly softNofile: number;
  /** Without the name of the program. */
  readonly args: readonly string[];
  /** The same, a byte per character. */
  readonly words: readonly string[];
  /** NAME=VALUE, a byte per character. */
  readonly environment: readonly string[];
}

/** undefined: they are incomplete. The descriptor is closed. */
export function readPapers(fd: number): Papers | undefined {
  try {
    const bytes = Buffer.alloc(statFd(fd)?.size ?? 0);
    const count = readFd(fd, bytes);
    return count === bytes.length ? parsePapers(bytes) : undefined;
  } finally {
    closeFd(fd);
  }
}

function parsePapers(bytes: Buffer): Papers | undefined {
  if (bytes.at(-1) !== 0) return undefined;
  const [program = "", umask = "", soft = "", count = "", ...texts] = bytes.toString("latin1").slice(0, -1).split("\0");
  const number = Number(count);
  if (!/^[0-7]+$/.test(umask) || !/^-?[0-9]+$/.test(soft) || !/^[0-9]+$/.test(count) || texts.length < number) return undefined;
  const words = texts.slice(0, number);
  return {
    program, umask: Number.parseInt(umask, 8), softNofile: Number(soft),
    args: words.map((word) => textOf(bytesOf(word))), words, environment: texts.slice(number),
  };
}
