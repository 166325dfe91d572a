import { constants } from "node:fs";
import type { ExitWith, ScanEntry, ScanProblem } from "../machines/scanner/facts.ts";
import { SystemError } from "../sys/errors.ts";
import { openControlFifo } from "../sys/fifo.ts";
import {
  AT_FDCWD, chmodAt, closeFd, isDirectory, isSameFile, lstatAt, mkdirAt, openCreating, readdirAt, readFileAt, setCloexec, statAt, unlinkAt,
} from "../sys/files.ts";
import { tryLockSoon } from "../sys/lock.ts";
import { whyNoControl, whyNoScandir } from "./hints.ts";
import { attempt, StartError } from "./start-error.ts";

/** The scan directory, which is the process's working directory (s6 documentation, s6-svscan, scandir). */
export const CONTROL_DIR = ".s6-svscan";
const EXIT_WITH = `${CONTROL_DIR}/exit-with`;
const EXIT_WITH_BYTES = 512;

/** What a scanner holds for its whole life. */
export interface ScandirHold {
  readonly lockFd: number;
  readonly controlFd: number;
}

/**
 * Makes .s6-svscan/ where it is missing, and takes it: the lock first, so that a second scanner fails before it can
 * steal a byte of the control FIFO. Modes are 0700 and 0600 whatever the umask says. `inherited`: descriptors that we
 * were born with, the lock among them when our own process became this program.
 *
 * @throws StartError 100: another instance, or a file of the wrong kind; 111: a system call failed.
 */
export function takeScandir(inherited: readonly number[]): ScandirHold {
  makeControlDir();
  const lockPath = `${CONTROL_DIR}/lock`;
  const kept = inherited.find((fd) => isSameFile(fd, AT_FDCWD, lockPath));
  const open = (): number => openCreating(AT_FDCWD, lockPath, constants.O_RDWR | constants.O_NONBLOCK, 0o600);
  const lockFd = kept ?? attempt(`open ${lockPath}`, open, whyNoScandir);
  if (kept !== undefined) setCloexec(kept, true);
  try {
    if (!attempt(`lock ${lockPath}`, () => tryLockSoon(lockFd, lockPath))) {
      throw new StartError("another instance of s6-svscan is already running on the same directory", 100);
    }
    const controlPath = `${CONTROL_DIR}/control`;
    const controlFd = attempt(`open ${controlPath}`, () => openControlFifo(AT_FDCWD, controlPath, 0o600));
    if (controlFd === "not a fifo") throw new StartError(`${controlPath} exists and is not a FIFO`, 100, whyNoControl(AT_FDCWD, controlPath));
    return { lockFd, controlFd };
  } catch (error) {
    closeFd(lockFd);
    throw error;
  }
}

function makeControlDir(): void {
  try {
    mkdirAt(AT_FDCWD, CONTROL_DIR, 0o700);
    chmodAt(AT_FDCWD, CONTROL_DIR, 0o700);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code !== "EEXIST") throw new StartError(`unable to mkdir ${CONTROL_DIR}: ${error.reason}`, 111, whyNoScandir(error));
    if (!attempt(`stat ${CONTROL_DIR}`, () => isDirectory(AT_FDCWD, CONTROL_DIR))) {
      throw new StartError(`${CONTROL_DIR} exists and is not a directory`, 100);
    }
  }
}

/** Links to nothing are left over from an earlier life: nobody can mean them at this moment. */
export function removeDanglingLinks(warn: (text: string) => void): void {
  try {
    for (const name of entryNames()) {
      if (statAt(AT_FDCWD, name) === undefined && isSymlink(name)) unlinkAt(AT_FDCWD, name);
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    warn(`unable to remove dangling links: ${error.message}`);
  }
}

/** One readdir, and a stat per entry and per log: the whole directory in one turn. @throws SystemError of the readdir */
export function readScandir(): { entries: ScanEntry[]; problems: ScanProblem[]; exitWith?: ExitWith } {
  const entries: ScanEntry[] = [];
  const problems: ScanProblem[] = [];
  for (const name of entryNames()) {
    let looking = name;
    try {
      const stat = statAt(AT_FDCWD, name);
      if (stat === undefined) {
        // Gone since the readdir, or a link to nothing.
        if (lstatAt(AT_FDCWD, name) !== undefined) problems.push({ name, reason: "No such file or directory" });
        continue;
      }
      if (!stat.isDirectory) continue;
      looking = `${name}/log`;
      const log = statAt(AT_FDCWD, looking);
      const { dev, ino } = stat;
      entries.push(
        log?.isDirectory === true ? { name, dev, ino, log: { dev: log.dev, ino: log.ino } } : { name, dev, ino },
      );
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      problems.push({ name: looking, reason: error.reason });
    }
  }
  return { entries, problems, ...readExitWith(problems) };
}

/** `NAME` or `first NAME`, on the first line. */
function readExitWith(problems: ScanProblem[]): { exitWith?: ExitWith } {
  try {
    const bytes = readFileAt(AT_FDCWD, EXIT_WITH, EXIT_WITH_BYTES);
    if (bytes === undefined) return {};
    const [line = ""] = Buffer.from(bytes).toString("utf8").split("\n");
    const { first, name = "" } = /^\s*(?<first>first\s+)?(?<name>\S.*?)\s*$/.exec(line)?.groups ?? {};
    if (name !== "") return { exitWith: { name, first: first !== undefined } };
    problems.push({ name: EXIT_WITH, reason: "it names no service" });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    problems.push({ name: EXIT_WITH, reason: error.reason });
  }
  return {};
}

const entryNames = (): string[] => readdirAt(AT_FDCWD, ".").filter((name) => !name.startsWith("."));

const isSymlink = (name: string): boolean =>
  ((lstatAt(AT_FDCWD, name)?.mode ?? 0) & constants.S_IFMT) === constants.S_IFLNK;
