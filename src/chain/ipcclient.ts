import { unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { bytesOf } from "../formats/bytes.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import type { Descriptors } from "./descriptors.ts";
import type { Environment } from "./environment.ts";
import type { ConnectRules, Link } from "./operation.ts";
import type { Speech } from "./speech.ts";

/** Where the connection is read, and where it is written (UCSPI). */
const [READ_FD, WRITE_FD] = [6, 7];
/** What the name of a socket has at most, without its NUL. */
const MOST_PATH_BYTES = 107;

/** s6-ipcclient [ -q | -Q | -v ] [ -p bindpath ] [ -l localname ] path prog... */
export function parseIpcclient(args: readonly string[]): Link {
  const { options, operands: [path, ...rest] } = parseOptions(args, "qQvp:l:");
  let verbosity = 1;
  let [from, localName]: (string | undefined)[] = [];
  for (const { name, value } of options) {
    switch (name) {
      case "q": verbosity = Math.max(verbosity - 1, 0); break;
      case "Q": verbosity = 1; break;
      case "v": verbosity++; break;
      case "p": from = value; break;
      case "l": localName = value.slice(0, MOST_PATH_BYTES); break;
    }
  }
  if (path === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "connect", path, rules: { from, localName, isVerbose: verbosity >= 2 } }], rest };
}

interface Target {
  readonly sys: Sys;
  readonly descriptors: Descriptors;
  readonly environment: Environment;
}

/** @throws ExitError 111 */
export function connectTo(path: string, { from, localName, isVerbose }: ConnectRules, { sys, descriptors, environment }: Target, speech: Speech): void {
  const fd = connection(sys, path, from);
  if (isVerbose) speech.say(`s6-ipcclient: info: s6-ipcclient: connected to ${path}`);
  environment.set("PROTO", "IPC");
  environment.set("IPCLOCALPATH", localName ?? unableTo("getsockname", () => sys.boundPath(fd)));
  unableTo(`set up fd ${READ_FD}`, () => descriptors.place(fd, READ_FD));
  unableTo(`set up fd ${WRITE_FD}`, () => descriptors.copy(READ_FD, WRITE_FD));
}

function connection(sys: Sys, path: string, from: string | undefined): number {
  try {
    return sys.connectUnixStream(bytesOf(path), from === undefined ? undefined : bytesOf(from));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const what = error.syscall === "bind" ? `bind socket to ${from ?? ""}` : error.syscall === "connect to" ? `connect to ${path}` : error.syscall;
    return unableTo(what, () => { throw error; });
  }
}
