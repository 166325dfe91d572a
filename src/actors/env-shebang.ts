import { SystemError } from "../sys/errors.ts";
import { isExecutable, readFileAt } from "../sys/files.ts";
import type { Image } from "./start-script.ts";

/** What the kernel looks at: BINPRM_BUF_SIZE. */
const FIRST_LINE_BYTES = 256;
const SHEBANG = [0x23, 0x21]; // #!
const ENV_WITH_ARGUMENTS = /^#![ \t]*(\/\S*\/env)[ \t]+([^-\s]\S*[ \t]+\S.*?)[ \t\r]*$/;

/**
 * `#!/usr/bin/env execlineb -P` stands at the head of many run scripts. Linux hands everything behind the interpreter
 * to it as one word, so env looks for a program called "execlineb -P" and the service never starts; elsewhere it is
 * split. Such a script is run as its author meant it: through `env -S`. Anything else is left to the kernel.
 */
export function splitEnvShebang(
  dirFd: number,
  file: string,
  argv: readonly string[],
): Image {
  const head = headOf(dirFd, file);
  if (head[0] !== SHEBANG[0] || head[1] !== SHEBANG[1]) return { file, argv };
  const [line = ""] = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString("latin1").split("\n", 1);
  const match = ENV_WITH_ARGUMENTS.exec(line);
  if (match === null || !isExecutable(dirFd, file)) return { file, argv };
  const [, env = "", command = ""] = match;
  return { file: env, argv: [env, "-S", Buffer.from(command, "latin1").toString(), file, ...argv.slice(1)] };
}

/** Nothing when it can't be read: the kernel will say why. */
function headOf(dirFd: number, file: string): Uint8Array {
  try {
    return readFileAt(dirFd, file, FIRST_LINE_BYTES) ?? new Uint8Array();
  } catch (error) {
    if (error instanceof SystemError) return new Uint8Array();
    throw error;
  }
}
