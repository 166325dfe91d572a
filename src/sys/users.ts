import { addon, type GroupEntry, type UserEntry } from "./addon.ts";

/** Accounts and groups as the C library finds them, in every source that the machine is configured for. */
export type { GroupEntry, UserEntry };

export const userByName = (name: string): UserEntry | undefined => addon.userByName(name) ?? undefined;
export const userById = (uid: number): UserEntry | undefined => addon.userById(uid) ?? undefined;
export const groupByName = (name: string): GroupEntry | undefined => addon.groupByName(name) ?? undefined;
export const groupById = (gid: number): GroupEntry | undefined => addon.groupById(gid) ?? undefined;
/** The groups that list the account as a member, in the order of the database; the primary one only if it does. */
export const groupsOf = (name: string): number[] => addon.groupsOf(name);
/** The home directory of an account; undefined when it is unknown. */
export const homeOf = (name: string): string | undefined => userByName(name)?.home;
