import { UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint } from "../formats/uint.ts";
import type { Link } from "./operation.ts";

/** fdmove [ -c ] to from prog... */
export function parseFdmove(args: readonly string[]): Link {
  const { options, operands: [to, from, ...rest] } = parseOptions(args, "c");
  return behind(rest, { type: "move", to: parseFd(to), from: parseFd(from), copy: options.length > 0 });
}

/** fdclose fd prog... */
export const parseFdclose = ([fd, ...rest]: readonly string[]): Link => behind(rest, { type: "close", fd: parseFd(fd) });

/** fdswap one other prog... */
export const parseFdswap = ([one, other, ...rest]: readonly string[]): Link => behind(rest, { type: "swap", fds: [parseFd(one), parseFd(other)] });

/** fdblock [ -n ] fd prog... */
export function parseFdblock(args: readonly string[]): Link {
  const { options, operands: [fd, ...rest] } = parseOptions(args, "n");
  return behind(rest, { type: "block", fd: parseFd(fd), nonblocking: options.length > 0 });
}

/** piperw readEnd writeEnd prog... */
export function parsePiperw([readEnd, writeEnd, ...rest]: readonly string[]): Link {
  const [read, write] = [parseFd(readEnd), parseFd(writeEnd)];
  if (read === write) throw new UsageError();
  return behind(rest, { type: "pipe", readEnd: read, writeEnd: write });
}

function behind(rest: readonly string[], operation: Link["operations"][number]): Link {
  if (rest.length === 0) throw new UsageError();
  return { operations: [operation], rest };
}

/** @throws UsageError */
export function parseFd(text: string | undefined): number {
  const fd = parseUint(text ?? "");
  if (fd === undefined) throw new UsageError();
  return fd;
}
