import { unless } from "../sys/errors.ts";
import { AT_FDCWD, closeFd, openAt, statAt, statFd } from "../sys/files.ts";
import { identityOf, UNKNOWN_IDENTITY } from "../sys/process-identity.ts";
import { pidfdOpen } from "../sys/process.ts";
import type { LedgerSlot } from "./ledger.ts";

/**
 * Processes that a dead supervisor left running. A pid alone proves nothing, it may be somebody else's by now: the
 * identity that was noted when the process was started must be its own still.
 */

/** A pidfd of the slot's process, undefined when that is gone. */
export function openSurvivor(slot: LedgerSlot): { readonly pid: number; readonly pidfd: number } | undefined {
  const known = slot.get("childPid");
  const pid = known > 0 ? known : (slot.spawnOut[0] ?? 0);
  if (pid <= 0) return undefined;
  const pidfd = unless(["ESRCH", "EINVAL"], () => pidfdOpen(pid));
  if (pidfd === undefined) return undefined;
  const [low, high] = known > 0 ? slot.born : UNKNOWN_IDENTITY;
  const found = identityOf(pid, pidfd);
  const isSame = low === 0 && high === 0 ? isAtHome(pid, slot) : low === found[0] && high === found[1];
  if (isSame) return { pid, pidfd };
  closeFd(pidfd);
  return undefined;
}

/** Is there a process of the slot that works in the slot's directory? */
export function worksAtHome(slot: LedgerSlot): boolean {
  const survivor = openSurvivor(slot);
  if (survivor === undefined) return false;
  closeFd(survivor.pidfd);
  return isAtHome(survivor.pid, slot);
}

/** It was started, and its parent killed before it could note whom: then it works in the service directory. */
function isAtHome(pid: number, slot: LedgerSlot): boolean {
  const { dev, ino } = slot.home;
  const found = unless(["ESRCH", "EACCES"], () => statAt(AT_FDCWD, `/proc/${pid}/cwd`));
  return found !== undefined && found.dev === dev && found.ino === ino;
}

/** The pipe that a survivor has as this descriptor, opened anew; undefined when it has none there. */
export function reopenPipe(pid: number, fd: number, flags: number): number | undefined {
  return unless(["ENOENT", "ESRCH", "EACCES", "ENXIO"], () => {
    const opened = openAt(AT_FDCWD, `/proc/${pid}/fd/${fd}`, flags);
    if (statFd(opened)?.isFifo === true) return opened;
    closeFd(opened);
    return undefined;
  });
}
