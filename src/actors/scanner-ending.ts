import { readdirSync } from "node:fs";
import { signalNumber } from "../formats/signals.ts";
import type { TreeExit } from "../machines/scanner/effects.ts";
import { JournalWriter } from "../store/journal-writer.ts";
import { treeExitEvent } from "../store/journal-record.ts";
import { now } from "../sys/clock.ts";
import { SystemError } from "../sys/errors.ts";
import { exec } from "../sys/exec.ts";
import { devNull, dupOnto, type FileStat, setCloexec, statFd } from "../sys/files.ts";
import { untrapSignals } from "../sys/signals.ts";
import { CONTROL_DIR } from "./scandir.ts";
import { exitNow } from "../sys/process.ts";
import { reopenStderr } from "./report.ts";

/** How s6-svscan ends: by becoming .s6-svscan/finish, or .s6-svscan/crash (s6 documentation, s6-svscan). */

/** Signals that the scanner takes for itself, from the start to the end. */
export const TRAPPED_SIGNALS: readonly number[] = (
  ["CHLD", "ALRM", "ABRT", "HUP", "INT", "TERM", "QUIT", "USR1", "USR2", "PWR", "WINCH"] as const
).map(signalNumber);

/**
 * Gives up stdout and stderr, so that a catch-all logger that reads them can see end-of-file: every descriptor of the
 * process on the same pipe becomes /dev/null, private re-opens in the worker threads included. Then the console, if
 * there is one, takes their place.
 */
export function releaseStdio(catchAll: boolean, consoleFd: number | undefined): void {
  if (catchAll) {
    const given = [1, 2].map((fd) => statOf(fd)).filter((stat) => stat !== undefined);
    for (const fd of new Set([1, 2, ...descriptors()])) {
      if (fd === 0 || fd === consoleFd) continue;
      const stat = fd <= 2 ? undefined : statOf(fd);
      const isSamePipe = stat?.isFifo === true && given.some(({ dev, ino }) => dev === stat.dev && ino === stat.ino);
      if (fd > 2 && !isSamePipe) continue;
      dupOnto(devNull(), fd);
      if (fd > 2) setCloexec(fd, true);
    }
  }
  if (consoleFd !== undefined) for (const fd of [1, 2]) dupOnto(consoleFd, fd);
  if (catchAll || consoleFd !== undefined) reopenStderr();
}

const descriptors = (): number[] => readdirSync("/proc/self/fd").map(Number);

function statOf(fd: number): FileStat | undefined {
  try {
    return statFd(fd);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** The tree has ended with a service: the last thing that its journal gets. */
export async function recordExit(journalDir: string | null, exit: TreeExit | undefined, warn: (text: string) => void): Promise<void> {
  if (journalDir === null || exit === undefined) return;
  const writer = new JournalWriter({ dir: journalDir, warn });
  writer.tree(treeExitEvent(now().at, exit));
  await writer.close();
}

/**
 * Becomes `finish`, which gets as its arguments the code and the name of the service with which the tree has ended, if
 * it has. Without a finish, exits with that code, or 0; with one that cannot be run, becomes `crash`.
 */
export function becomeFinish(warn: (text: string) => void, exit?: TreeExit): never {
  const path = `${CONTROL_DIR}/finish`;
  untrapSignals(TRAPPED_SIGNALS);
  const { exitCode, error } = exec({ file: path, argv: exit === undefined ? [path] : [path, String(exit.code), exit.service] });
  if (exitCode === 127) exitNow(exit?.code ?? 0);
  warn(`unable to exec finish script ${path}: ${error.reason}`);
  becomeCrash(warn);
}

/** The last resort: becomes `crash`, or exits 127 or 126 when it is absent or cannot be run. */
export function becomeCrash(warn: (text: string) => void): never {
  const path = `${CONTROL_DIR}/crash`;
  untrapSignals(TRAPPED_SIGNALS);
  const { exitCode, error } = exec({ file: path, argv: [path] });
  warn(`unable to exec crash script ${path}: ${error.reason}`);
  exitNow(exitCode);
}
