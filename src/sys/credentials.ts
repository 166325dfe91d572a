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

/** All threads change. */
export function applyCredentials({ uid, gid, groups }: Credentials): void {
  if (groups !== undefined) {
    const first = gid === 0 ? addon.getegid() : gid;
    const at = groups.indexOf(first);
    const list = Uint32Array.of(first, ...groups.filter((_, index) => index !== at));
    check(addon.setgroups(list), "set supplementary group list");
  }
  if (gid !== 0) check(addon.setgid(gid), "setgid");
  if (uid !== 0) check(addon.setuid(uid), "setuid");
}
