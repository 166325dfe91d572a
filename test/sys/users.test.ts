import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { groupById, groupByName, groupsOf, userById, userByName } from "../../src/sys/users.ts";

const getent = (database: string): string[][] =>
  execFileSync("getent", [database], { encoding: "utf8" }).trim().split("\n").map((line) => line.split(":"));

test("accounts are those that getent tells of, by name and by number", () => {
  for (const [name = "", , uid, gid, , home, shell] of getent("passwd")) {
    expect(userByName(name)).toEqual({ name, uid: Number(uid), gid: Number(gid), home, shell });
    expect(userById(Number(uid))?.uid).toBe(Number(uid));
  }
});

test("groups are those that getent tells of, and so are their members", () => {
  const groups = getent("group");
  const members = new Set(groups.flatMap(([, , , list = ""]) => list.split(",")).filter((name) => name !== ""));
  for (const [name = "", , gid] of groups) {
    expect(groupByName(name)).toEqual({ name, gid: Number(gid) });
    expect(groupById(Number(gid))?.gid).toBe(Number(gid));
  }
  for (const member of ["root", ...members]) {
    const expected = groups.filter(([, , , list = ""]) => list.split(",").includes(member)).map(([, , gid]) => Number(gid));
    expect(groupsOf(member)).toEqual(expected);
  }
});

test("nobody is undefined", () => {
  expect(userByName("no such account")).toBeUndefined();
  expect(userByName("root\0")).toBeUndefined();
  expect(userById(4_000_000_000)).toBeUndefined();
  expect(groupByName("no such group")).toBeUndefined();
  expect(groupById(4_000_000_000)).toBeUndefined();
  expect(groupsOf("no such account")).toEqual([]);
});
