import { readFileSync, realpathSync } from "node:fs";
import { type Mount, mountOf } from "../formats/mounts.ts";
import { AT_FDCWD } from "./addon.ts";

/** The mounted file system that a file lies on; undefined where that can't be told. Reads what all is mounted: for failures only. */
export function mountAt(dirFd: number, path: string): Mount | undefined {
  try {
    const from = dirFd === AT_FDCWD ? path : `/proc/self/fd/${dirFd}/${path}`;
    return mountOf(readFileSync("/proc/self/mountinfo", "utf8"), realpathSync.native(from));
  } catch {
    return undefined;
  }
}
