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
export const applyCredentials = (credentials: Credentials): void => apply(credentials, true);

/** Only this thread changes, which is much quicker: for a process that is about to become another program. */
export const applyOwnCredentials = (credentials: Credentials): void => apply(credentials, false);

function apply({ uid, gid, groups }: Credentials, all: boolean): void {
  if (groups !== undefined) {
    const list = groupList(gid === 0 ? addon.getegid() : gid, groups);
    check(addon.setgroups(Uint32Array.from(list), all), "set supplementary group list");
  }
  if (gid !== 0) check(addon.setgid(gid, all), "setgid");
  if (uid !== 0) check(addon.setuid(uid, all), "setuid");
}
