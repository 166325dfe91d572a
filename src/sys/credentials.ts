import { addon } from "./addon.ts";
import { check } from "./errors.ts";

/** Who a process is to become. */
export interface Credentials {
  /** 0: stays as it is. */
  readonly uid: number;
  /** 0: stays as it is. */
  readonly gid: number;
  /** Supplementary groups, the gid put first; undefined: stay as they are. */
  readonly groups: readonly number[] | undefined;
}

/** The primary group first, and once. */
export function groupList(first: number, groups: readonly number[]): readonly number[] {
  const at = groups.indexOf(first);
  return [first, ...groups.filter((_, index) => index !== at)];
}

/** All threads change. */
export function applyCredentials({ uid, gid, groups }: Credentials): void {
  if (groups !== undefined) {
    check(addon.setgroups(Uint32Array.from(groupList(gid === 0 ? addon.getegid() : gid, groups))), "set supplementary group list");
  }
  if (gid !== 0) check(addon.setgid(gid), "setgid");
  if (uid !== 0) check(addon.setuid(uid), "setuid");
}
