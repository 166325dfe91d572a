import { addon } from "./addon.ts";
import { check } from "./errors.ts";

/**
 * A classic lock on the whole file: of the process, so that an exec keeps it and a child does not have it. It is gone as
 * soon as the process closes any descriptor of the file. `waitMs`: 0 = not at all, undefined = without limit. False: it
 * is somebody else's.
 */
export const lockRecord = (fd: number, isShared: boolean, waitMs: number | undefined): boolean =>
  check(addon.lockRecord(fd, isShared, waitMs ?? -1), "lock") === 1;
