import { constants } from "node:fs";
import { AT_FDCWD } from "./addon.ts";
import { SystemError, unless } from "./errors.ts";
import { closeFd, isDirectory, mkfifoAt, openAt, setNonblock, statAt, statFd, writeFd } from "./files.ts";

const { O_DIRECTORY, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/**
 * The owner's side of a control FIFO: made with exactly this mode where it is missing, left as it is where it exists.
 * One descriptor for both directions, so that there is never an end of file and no writer is ever refused.
 */
export function openControlFifo(dirFd: number, path: string, mode: number): number | "not a fifo" {
  unless(["EEXIST"], () => mkfifoAt(dirFd, path, mode));
  if (!(statAt(dirFd, path)?.isFifo ?? false)) return "not a fifo";
  return openAt(dirFd, path, O_RDWR | O_NONBLOCK);
}

/** What became of a command (s6 documentation, s6-svc and s6-svscanctl: exit codes). */
export type ControlOutcome =
  | { readonly type: "sent" }
  /** Nobody reads the FIFO, or the directory has never been supervised. */
  | { readonly type: "not listening" }
  /** `sub` is there, but is no directory or has no FIFO in it. */
  | { readonly type: "broken"; readonly error: SystemError; readonly reason: string }
  | { readonly type: "failed"; readonly error: SystemError; readonly reason: string };

/**
 * The client's side: `directory/sub/control`, where sub is "supervise" or ".s6-svscan". All letters go in one write,
 * which blocks while the FIFO is full, so that no command is lost. No letters: only asks whether somebody listens.
 */
export function sendControl(directory: string, sub: string, letters: string): ControlOutcome {
  const path = `${directory}/${sub}/control`;
  try {
    const fd = openAt(AT_FDCWD, path, O_WRONLY | O_NONBLOCK);
    try {
      // Where a user may put what he likes, a link could lead to any file of ours.
      if (statFd(fd)?.isFifo !== true) return { type: "failed", error: new SystemError("write to", path, "ENXIO"), reason: "it is not a FIFO" };
      setNonblock(fd, false);
      if (letters !== "") writeFd(fd, Buffer.from(letters, "latin1"));
    } finally {
      closeFd(fd);
    }
    return { type: "sent" };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return diagnose(directory, sub, error);
  }
}

const failure = (type: "broken" | "failed", error: SystemError): ControlOutcome => ({ type, error, reason: error.reason });

function diagnose(directory: string, sub: string, error: SystemError): ControlOutcome {
  switch (error.code) {
    case "ENXIO":
      return { type: "not listening" };
    case "ENOENT":
    case "ENOTDIR":
    case "EISDIR":
      return diagnoseDirectory(directory, sub, error);
    default:
      return failure("failed", error);
  }
}

function diagnoseDirectory(directory: string, sub: string, error: SystemError): ControlOutcome {
  try {
    const fd = openAt(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    try {
      if (statAt(fd, sub) === undefined) return { type: "not listening" };
      return failure("broken", isDirectory(fd, sub) ? error : new SystemError("open", sub, "ENOTDIR"));
    } finally {
      closeFd(fd);
    }
  } catch (worse) {
    if (!(worse instanceof SystemError)) throw worse;
    return failure("failed", worse);
  }
}
