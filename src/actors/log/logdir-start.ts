import { constants } from "node:fs";
import { join } from "node:path";
import type { LogdirSettings } from "../../machines/log/script.ts";
import { SystemError } from "../../sys/errors.ts";
import { AT_FDCWD, closeFd, mkdirAt, openAt, statAt, unlinkAt } from "../../sys/files.ts";
import { tryLock } from "../../sys/lock.ts";
import { attempt, StartError } from "../start-error.ts";
import { archive, trim } from "./archives.ts";
import { COMPLETE } from "./rotation.ts";

const { O_CREAT, O_NONBLOCK, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/** The parents are not made. */
export function makeDirectory(path: string): void {
  try {
    mkdirAt(AT_FDCWD, path, 0o700);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.code !== "EEXIST") throw new StartError(`unable to mkdir ${path}: ${error.reason}`, 111);
  }
}

/** The descriptor that holds it. @throws StartError 111 */
export function takeLock(dir: string): number {
  const path = `${dir}/lock`;
  const fd = attempt(`open ${path}`, () => openAt(AT_FDCWD, path, O_RDWR | O_CREAT | O_NONBLOCK, 0o666));
  if (!attempt(`lock ${path}`, () => tryLock(fd, path))) {
    throw new StartError(`unable to lock ${path}: Device or resource busy`, 111);
  }
  return fd;
}

/** The last logger was not ended in order: what it was doing is finished, or kept as what it is. @throws StartError 111 */
export function recover(path: string, settings: LogdirSettings, warn: (text: string) => void): void {
  const file = (name: string): string => join(path, name);
  const put = (name: string, kind: "s" | "u"): void => {
    const isDone = attempt(`finish ${name} .${kind} for logdir ${path}`, () => archive(path, name, kind));
    if (isDone) attempt(`trim ${path}`, () => trim(path, settings, warn));
  };
  for (const name of ["state", "newstate"]) attempt(`unlink ${file(name)}`, () => unlinkAt(AT_FDCWD, file(name)));
  const processed = attempt(`stat ${file("processed")}`, () => statAt(AT_FDCWD, file("processed")));
  if (processed !== undefined && (processed.mode & COMPLETE) !== 0) {
    attempt(`unlink ${file("previous")}`, () => unlinkAt(AT_FDCWD, file("previous")));
    put("processed", "s");
  } else {
    attempt(`unlink ${file("processed")}`, () => unlinkAt(AT_FDCWD, file("processed")));
    put("previous", "u");
  }
  put("current", "u");
  attempt(`create ${file("state")}`, () => closeFd(openAt(AT_FDCWD, file("state"), O_WRONLY | O_CREAT | O_TRUNC, 0o666)));
}
