import { formatIp, type IpAddress } from "../../formats/ip.ts";
import { signalNumber } from "../../formats/signals.ts";
import { applyCredentials, type Credentials } from "../../sys/credentials.ts";
import { SystemError, unless } from "../../sys/errors.ts";
import { borrowNonblocking, closeFd, writeFd } from "../../sys/files.ts";
import { takeOver } from "../../sys/launch.ts";
import { readSignals, trapSignals } from "../../sys/signals.ts";
import { bindUdp, bindUnixDatagram } from "../../sys/socket.ts";
import { OwnArea } from "../log/area.ts";
import { StartError } from "../start-error.ts";
import { ThreadWatcher } from "../watcher.ts";
import { LINES_BYTES, SocklogLoop, type SocklogOptions } from "./socklog-loop.ts";

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
  const { fd: socket } = bindPlace(place); // the lock lasts as long as the process
  starting(() => applyCredentials(credentials), ({ syscall }) => syscall);
  const signalFd = trapSignals(SIGNALS);
  const giveBack = borrowNonblocking(STDOUT);
  const watcher = new ThreadWatcher();
  const loop = new SocklogLoop(setup, {
    socket,
    closeSocket: () => closeFd(socket),
    stdout: () => ({ fd: STDOUT, mayBlock: false }),
    area: new OwnArea(LINES_BYTES),
    note: () => undefined,
    watcher,
    after(ms, then) {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
    exit(code, reason) {
      giveBack();
      watcher.close();
      exit(code, reason);
    },
  });
  watcher.watchFirst(signalFd, () => {
    for (const signal of readSignals(signalFd)) loop.signal(signal);
  });
  if (notificationFd !== undefined) {
    notify(notificationFd);
    closeFd(notificationFd);
  }
  loop.begin();
}

/** Nobody may want to know. */
export const notify = (fd: number): void => void unless(["EPIPE", "EAGAIN"], () => writeFd(fd, Buffer.from("\n")));

/** @throws StartError 111 */
export function bindPlace(place: SocklogPlace): { readonly fd: number; readonly lockFd: number | undefined } {
  const name = typeof place === "string" ? place : `ip ${formatIp(place.address)} port ${place.port}`;
  const bind = () => (typeof place === "string" ? bindUnixDatagram(place, SOCKET_MODE) : { fd: bindUdp(place), lockFd: undefined });
  return starting(bind, ({ syscall }) => (syscall === "create socket" ? syscall : `bind socket to ${name}`));
}

function starting<T>(action: () => T, what: (error: SystemError) => string): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) throw new StartError(`unable to ${what(error)}: ${error.reason}`, 111, undefined, { cause: error });
    throw error;
  }
}
