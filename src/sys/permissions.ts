import { constants } from "node:fs";
import { geteuid } from "./process.ts";
import { SystemError } from "./errors.ts";
import { AT_FDCWD, chmodAt, chownAt, closeFd, type FileStat, openAt, statFd } from "./files.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY, S_IFLNK, S_IFMT } = constants;
const O_PATH = 0o10000000;

/**
 * Opens a file in a directory, to be looked at and changed, nothing else. Who owns a directory can make a link of any name in it,
 * and change it at any moment: where that is neither us nor root, no link is followed. @throws SystemError ELOOP for a link
 */
function withFile(directory: string, name: string, action: (path: string, found: FileStat) => void): void {
  const dir = openAt(AT_FDCWD, directory, O_PATH | O_DIRECTORY);
  let fd = dir;
  try {
    const owner = statOf(dir).uid;
    const isOurs = owner === 0 || owner === geteuid();
    for (const part of isOurs ? [name] : name.split("/")) {
      const next = openAt(fd, part, O_RDONLY | O_PATH | (isOurs ? 0 : O_NOFOLLOW));
      if (fd !== dir) closeFd(fd);
      fd = next;
      if ((statOf(fd).mode & S_IFMT) === S_IFLNK) throw new SystemError("stat", `${directory}/${name}`, "ELOOP");
    }
    action(isOurs ? `${directory}/${name}` : `/proc/self/fd/${fd}`, statOf(fd));
  } finally {
    if (fd !== dir) closeFd(fd);
    closeFd(dir);
  }
}

function statOf(fd: number): FileStat {
  const found = statFd(fd);
  if (found === undefined) throw new SystemError("stat", undefined, "ENOENT");
  return found;
}

/** Gives a file in that directory a group and a mode; `groupOf` is asked with its owner. @throws SystemError */
export function setAccessAt(directory: string, name: string, mode: number, groupOf: (uid: number) => number): void {
  withFile(directory, name, (path, { uid }) => {
    // In this order: a change of group takes set-gid away.
    chownAt(AT_FDCWD, path, -1, groupOf(uid));
    chmodAt(AT_FDCWD, path, mode);
  });
}
