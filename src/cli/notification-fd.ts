import { parseUint } from "../formats/uint.ts";
import { launch } from "../sys/launch.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError, unableTo } from "./failures.ts";

const FILE = "./notification-fd";
/** s6 reads no more of it. */
const FILE_BYTES = 11;

/** The descriptor that the supervisor reads: the one `wanted`, or what the service directory says. @throws ExitError */
export function notificationFd(sys: Sys, wanted: number | undefined, isOpen: (fd: number) => boolean = sys.wasOpen): number {
  const fd = wanted ?? fdOfService(sys);
  if (!isOpen(fd)) throw new ExitError(111, "notification-fd sanity check failed: Bad file descriptor");
  return fd;
}

function fdOfService(sys: Sys): number {
  const bytes = unableTo(`read ${FILE}`, () => sys.readFile(FILE, FILE_BYTES));
  const [line = ""] = Buffer.from(bytes).toString("latin1").split("\n");
  const fd = parseUint(line);
  if (fd === undefined) throw new ExitError(100, `invalid ${FILE}`);
  return fd;
}

/** Tells the supervisor that the service is ready. */
export function notifyReady(sys: Sys, fd: number): void {
  unableTo("write to notification-fd", () => sys.writeFd(fd, Buffer.from("\n")));
}

/** Descriptors ≥ 3 that this process was started with; undefined: without the launcher nobody knows. */
export const launchedWith = (): readonly number[] | undefined => (launch.softNofile === undefined ? undefined : launch.inherited);

/** What a logger is told with -d: one of those that it was started with. @throws ExitError 100 */
export function inheritedFd(fd: number, inherited: readonly number[] | undefined): number {
  if (fd < 3) throw new ExitError(100, "notification fd must be 3 or more");
  if (inherited?.includes(fd) === false) throw new ExitError(100, "invalid notification fd: Bad file descriptor");
  return fd;
}
