import { known, unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { bytesOf } from "../formats/bytes.ts";
import { parseOctal, parseUint } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import type { Descriptors } from "./descriptors.ts";
import type { Link, Operation } from "./operation.ts";

/** SOMAXCONN of the C library; the kernel takes no more than net.core.somaxconn. */
const MOST_WAITING = 4096;
const STDIN = 0;

/** s6-ipcserver-socketbinder [ -d | -D ] [ -b backlog ] [ -M | -m ] [ -a perms ] [ -B ] path prog... */
export function parseSocketbinder(args: readonly string[]): Link {
  const { options, operands: [path, ...rest] } = parseOptions(args, "DdMmBb:a:");
  let [isDatagram, nonblocking, reuse, backlog, mode] = [false, true, true, MOST_WAITING, 0o777];
  for (const { name, value } of options) {
    switch (name) {
      case "D": reuse = false; break;
      case "d": reuse = true; break;
      case "M": isDatagram = false; break;
      case "m": isDatagram = true; break;
      case "B": nonblocking = false; break;
      case "b": backlog = known(parseUint(value)); break;
      case "a": mode = known(parseOctal(value)) & 0o777; break;
    }
  }
  if (path === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "socket", path, rules: { isDatagram, nonblocking, backlog, mode, reuse } }], rest };
}

/** In place of stdin. @throws ExitError 111 */
export function openSocket({ path, rules }: Extract<Operation, { type: "socket" }>, descriptors: Descriptors, sys: Sys): void {
  const { isDatagram, nonblocking, backlog } = rules;
  descriptors.close(STDIN);
  unableTo("create socket", () => descriptors.place(sys.unixSocket(isDatagram, nonblocking), STDIN));
  unableTo(`bind to ${path}`, () => sys.bindByRules(STDIN, bytesOf(path), rules));
  if (backlog > 0) unableTo(`listen to ${path}`, () => sys.listenOn(STDIN, backlog));
}
