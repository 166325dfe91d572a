import { type Bytes, bytesOf } from "../formats/bytes.ts";
import { addon } from "./addon.ts";

export interface Person {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/**
 * May somebody read these files of a directory (without names: the file itself)? Byte strings. Only where the permissions
 * of all that lies on the way say so plainly; false may mean that nobody knows.
 */
export function mayRead(dirFd: number, path: string, names: readonly string[], { uid, gid, groups }: Person): boolean {
  const files: Bytes[] = names.map(bytesOf);
  return addon.mayRead(dirFd, bytesOf(path), files, Uint32Array.of(uid, gid, ...groups)) === 1;
}
