import { type ExecutableFacts, type ExecutableHead, HEAD_BYTES, parseExecutable } from "../formats/executable.ts";
import { isAnyExecutable, kindOfMode } from "../formats/file-mode.ts";
import { AT_FDCWD } from "./addon.ts";
import { SystemError, unless } from "./errors.ts";
import { isExecutable, lstatAt, readFileAt, readlinkAt, statAt } from "./files.ts";
import { mountAt } from "./mounts.ts";

/** A script, its interpreter, and the dynamic linker of that. */
const DEPTH = 3;
const NOT_THERE = ["ENOENT", "ENOTDIR"];

/** Looks at a file as exec would; undefined when it can't be looked at. */
export function readExecutable(dirFd: number, path: string, depth = DEPTH): ExecutableFacts | undefined {
  try {
    const found = unless(NOT_THERE, () => statAt(dirFd, path));
    const link = linkTarget(dirFd, path);
    if (found === undefined) return { ...ABSENT, link };
    const { mode, uid, gid } = found;
    const kind = kindOfMode(mode);
    const isFile = kind === "file";
    const mayExecute = isFile && isExecutable(dirFd, path);
    const noexec = isFile && !mayExecute && isAnyExecutable(mode) ? noexecPoint(dirFd, path) : undefined;
    const head = isFile ? headOf(dirFd, path) : undefined;
    const next = head === undefined ? undefined : interpreterOf(head);
    const interpreter = next === undefined || depth <= 1 ? undefined : readExecutable(dirFd, next, depth - 1);
    return { kind, link, mode, uid, gid, mayExecute, noexec, head, interpreter };
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

const ABSENT = {
  kind: "absent", link: undefined, mode: 0, uid: 0, gid: 0, mayExecute: false, noexec: undefined, head: undefined,
  interpreter: undefined,
} as const;

function linkTarget(dirFd: number, path: string): string | undefined {
  const found = unless(NOT_THERE, () => lstatAt(dirFd, path));
  return found !== undefined && kindOfMode(found.mode) === "symbolic link" ? readlinkAt(dirFd, path) : undefined;
}

function noexecPoint(dirFd: number, path: string): string | undefined {
  const mount = mountAt(dirFd, path);
  return mount?.isNoexec === true ? mount.point : undefined;
}

function headOf(dirFd: number, path: string): ExecutableHead | undefined {
  const bytes = unless(["EACCES"], () => readFileAt(dirFd, path, HEAD_BYTES));
  return bytes === undefined ? undefined : parseExecutable(bytes);
}

const interpreterOf = (head: ExecutableHead): string | undefined =>
  head.kind === "script" && head.interpreter !== "" ? head.interpreter : head.kind === "ELF" ? head.loader : undefined;

/** What programs run here: that of our own. */
export function ownMachine(): number | undefined {
  const head = headOf(AT_FDCWD, "/proc/self/exe");
  return head?.kind === "ELF" ? head.machine : undefined;
}
