import { formatIp, type IpAddress } from "../../formats/ip.ts";
import { signalNumber } from "../../formats/signals.ts";
import { applyCredentials, type Credentials } from "../../sys/credentials.ts";
import { SystemError, unless } from "../../sys/errors.ts";
import { closeFd, setNonblock, writeFd } from "../../sys/files.ts";
import { takeOver } from "../../sys/launch.ts";
import { readSignals, trapSignals } from "../../sys/signals.ts";
import { bindUdp, bindUnixDatagram } from "../../sys/socket.ts";
import { StartError } from "../start-error.ts";
import { ThreadWatcher } from "../watcher.ts";
import { SocklogLoop, type SocklogOptions } from "./socklog-loop.ts";

/** The path of a Unix socket, or an address for UDP. */
export type SocklogPlace = string | IpAddress;

export interface SocklogSetup extends SocklogOptions {
  readonly place: SocklogPlace;
  readonly credentials: Credentials;
  readonly notificationFd: number | undefined;
}

const STDIN = 0;
const STDOUT = 1;
const SOCKET_MODE = 0o777;
const SIGNALS = [signalNumber("TERM")];

/** s6-socklog on this process. @throws StartError 111 */
export function socklogForever(setup: SocklogSetup, exit: (code: number, reason?: string) => void): void {
  const { place, credentials, notificationFd } = setup;
  takeOver({ descriptors: notificationFd === undefined ? [] : [notificationFd], signals: SIGNALS });
  closeFd(STDIN);
  const socket = bindTo(place);
  starting(() => applyCredentials(credentials), ({ syscall }) => syscall);
  const signalFd = trapSignals(SIGNALS);
  const wasNonblocking = setNonblock(STDOUT, true);
  const loop = new SocklogLoop(setup, {
    socket,
    stdout: STDOUT,
    signals: { fd: signalFd, read: () => readSignals(signalFd) },
    watcher: new ThreadWatcher(),
    exit(code, reason) {
      setNonblock(STDOUT, wasNonblocking); // others may write there, too
      exit(code, reason);
    },
  });
  if (notificationFd !== undefined) notify(notificationFd);
  loop.begin();
}

function notify(fd: number): void {
  unless(["EPIPE"], () => writeFd(fd, Buffer.from("\n"))); // nobody wants to know
  closeFd(fd);
}

function bindTo(place: SocklogPlace): number {
  const name = typeof place === "string" ? place : `ip ${formatIp(place.address)} port ${place.port}`;
  const bind = (): number => (typeof place === "string" ? bindUnixDatagram(place, SOCKET_MODE).fd : bindUdp(place));
  return starting(bind, ({ syscall }) => (syscall === "create socket" ? syscall : `bind socket to ${name}`));
}

function starting<T>(action: () => T, what: (error: SystemError) => string): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) throw new StartError(`unable to ${what(error)}: ${error.reason}`, 111);
    throw error;
  }
}
