import { socklogForever, type SocklogSetup } from "../actors/socklog/socklog.ts";
import { parseIpPort } from "../formats/ip.ts";
import { parseUint } from "../formats/uint.ts";
import { launch } from "../sys/launch.ts";
import { CredentialOptions } from "./credential-options.ts";
import { RUNNING } from "./daemon.ts";
import { ExitError, fatalLine, known } from "./failures.ts";
import { exitErrorOf } from "./start-failure.ts";
import { inheritedFd, launchedWith } from "./notification-fd.ts";
import { parseOptions, parseTimeout } from "./options.ts";
import { exitNow } from "../sys/process.ts";
import type { Program } from "./program.ts";

const LIMIT = { least: 76, usual: 1024, most: 1_048_576 } as const;
const PLACE = "/dev/log";
const PORT = 514;

export const s6socklog: Program = {
  name: "s6-socklog",
  synopsis: "s6-socklog [ -d notif ] [ -r ] [ -U | -u uid -g gid -G gidlist ] [ -l linelen ] [ -t lameducktimeout ] [ -x socket | -i ip_port ]",
  help: `Receives syslog datagrams and writes each as a line to stdout, its leading <NUMBER> as facility.priority.

  -x PATH     from a Unix socket, made there for everybody; PATH.lock is held (default ${PLACE})
  -i IP_PORT  from UDP, the sender's IP_PORT before each line; for IPv4 also IP:PORT (default port ${PORT})
  -d FD       write a newline there when datagrams are received
  -r          leave <NUMBER> as it is
  -l N        bytes of a datagram that are used, what is longer ends with ... (default ${LIMIT.usual}; ${LIMIT.least} to ${LIMIT.most})
  -t MS       how long stdout may take what is left after SIGTERM (default 0: for ever)
  -u UID, -g GID, -G GID,GID...
              become that once the socket is there (0: stay)
  -U          the same from the variables UID, GID, GIDLIST

SIGTERM: stop when everything is written.
Exit codes: 0 told to stop, 99 that took too long, 100 wrong usage, 111 system error.`,
  main({ args, stderr }) {
    const setup = socklogSetup({ args, closed: launch.closed, inherited: launchedWith(), variable: (name) => process.env[name] });
    try {
      socklogForever(setup, (code, reason) => {
        if (reason !== undefined) stderr(fatalLine("s6-socklog", reason));
        exitNow(code);
      });
    } catch (error) {
      throw exitErrorOf(error);
    }
    return RUNNING;
  },
};

/** Of the process that is to be a daemon. */
interface Situation {
  readonly args: readonly string[];
  /** Those of 0, 1, 2 that are. */
  readonly closed: readonly number[];
  /** Descriptors ≥ 3 that there are. */
  readonly inherited: readonly number[] | undefined;
  variable(name: string): string | undefined;
}

/** What the command line says. @throws UsageError, ExitError */
export function socklogSetup({ args, closed, inherited, variable }: Situation): SocklogSetup {
  const credentials = new CredentialOptions(variable);
  const setup: { -readonly [Name in keyof SocklogSetup]: SocklogSetup[Name] } = {
    place: PLACE, credentials, notificationFd: undefined, limit: LIMIT.usual, keepsCodes: false, flushMs: undefined,
  };
  const { options } = parseOptions(args, "d:rUu:g:G:l:t:x:i:");
  for (const { name, value } of options) {
    switch (name) {
      case "d": setup.notificationFd = descriptor(known(parseUint(value)), inherited); break;
      case "r": setup.keepsCodes = true; break;
      case "l": setup.limit = Math.min(Math.max(known(parseUint(value)), LIMIT.least), LIMIT.most); break;
      case "t": setup.flushMs = parseTimeout(value); break;
      case "x": setup.place = value; break;
      case "i": setup.place = known(parseIpPort(value, PORT)); break;
      default: credentials.take(name, value);
    }
  }
  if (closed.includes(1)) throw new ExitError(100, "invalid stdout: Bad file descriptor");
  if (closed.includes(2)) throw new ExitError(100, "invalid stderr: Bad file descriptor"); // nobody hears it
  return setup;
}

/** 0: none. */
const descriptor = (fd: number, inherited: readonly number[] | undefined): number | undefined => (fd === 0 ? undefined : inheritedFd(fd, inherited));
