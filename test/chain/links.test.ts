import { describe, expect, test } from "vitest";
import { parseApplyuidgid } from "../../src/chain/applyuidgid.ts";
import { importedValue, parseEnvdir } from "../../src/chain/envdir.ts";
import { Environment } from "../../src/chain/environment.ts";
import { accountVariables, parseEnvuidgid } from "../../src/chain/envuidgid.ts";
import { parseFdholderDaemon } from "../../src/chain/fdholder-daemon.ts";
import { parseIpcserver } from "../../src/chain/ipcserver.ts";
import { parseSetlock } from "../../src/chain/setlock.ts";
import { parseSetsid } from "../../src/chain/setsid.ts";
import { parseSetuidgid } from "../../src/chain/setuidgid.ts";
import { parseSocketbinder } from "../../src/chain/socketbinder.ts";
import { changedLimit, parseSoftlimit } from "../../src/chain/softlimit.ts";
import { UsageError } from "../../src/cli/failures.ts";
import { UNLIMITED } from "../../src/sys/limits.ts";

describe("a command line is operations and a rest, and nothing has happened", () => {
  test.each([
    [parseEnvdir, ["-InfL", "-cX", "/nonexistent", "prog", "-x"], [
      { type: "import", directory: "/nonexistent", rules: { mayBeMissing: true, chomp: false, verbatim: true, limited: false, nullText: "X" } },
    ]],
    [parseEnvuidgid, ["-n", "-D1:2:3,4", "nobody at all", "prog", "-x"], [
      { type: "account", account: "nobody at all", rules: { mode: "both", numeric: true, otherwise: { uid: 1, gid: 2, groups: [3, 4] } } },
    ]],
    [parseApplyuidgid, ["-u", "5", "-Uz", "prog", "-x"], [
      { type: "credentials", options: [{ name: "u", value: "5" }, { name: "U", value: "" }] }, { type: "set", variables: [["UID", undefined], ["GID", undefined], ["GIDLIST", undefined]] },
    ]],
    [parseSetlock, ["-r", "-t5", "-d", "7", "file", "prog", "-x"], [{ type: "lock", file: "file", rules: { isShared: true, waitMs: 5, fd: 7 } }]],
    [parseSetlock, ["-n", "-t5", "file", "prog", "-x"], [{ type: "lock", file: "file", rules: { isShared: false, waitMs: 0, fd: undefined } }]],
    [parseSetsid, ["-g", "--strict", "--ctty=2", "prog", "-x"], [
      { type: "session", rules: { group: true, foreground: true, grab: true, onFailure: "exit", terminal: 2 } },
    ]],
    [parseSoftlimit, ["-c", "5", "-H", "-m=", "-h", "-P1", "prog", "-x"], [
      { type: "limit", resources: ["CORE"], mode: "soft", value: 5n }, { type: "limit", resources: ["DATA", "STACK", "MEMLOCK", "AS"], mode: "both", value: "most" },
      { type: "limit", resources: ["RTPRIO"], mode: "hard", value: 1n },
    ]],
  ])("%o %j", (parse, args, operations) => expect(parse(args)).toEqual({ operations, rest: ["prog", "-x"] }));

  test.each([
    [["/s", "prog", "-x"], { isDatagram: false, nonblocking: true, backlog: 4096, mode: 0o777, reuse: true }],
    [["-Dm", "-b0", "-B", "-a", "17700", "/s", "prog", "-x"], { isDatagram: true, nonblocking: false, backlog: 0, mode: 0o700, reuse: false }],
  ])("s6-ipcserver-socketbinder %j", (args, rules) => {
    expect(parseSocketbinder(args)).toEqual({ operations: [{ type: "socket", path: "/s", rules }], rest: ["prog", "-x"] });
  });

  test.each([
    ["/s prog -x", "s6-ipcserver-socketbinder -- /s s6-ipcserverd -- prog -x"],
    ["-q1DP -c 0 -C 007 -b 0 -a 1700 /s prog", "s6-ipcserver-socketbinder -D -b 1 -a 0700 -- /s s6-ipcserverd -v0 -1 -P -c 1 -C 7 -- prog"],
    ["-vdpQqv -a 777 -u 0 /s prog", "s6-ipcserver-socketbinder -- /s s6-ipcserverd -v2 -- prog"],
    ["-u 5 -g 6 -G 7,8 -U -g 9 /s prog", "s6-ipcserver-socketbinder -- /s s6-applyuidgid -Uz -g 9 -- s6-ipcserverd -- prog"],
    ["-u 5 -G 7:8 /s prog", "s6-ipcserver-socketbinder -- /s s6-applyuidgid -u 5 -G 7,8 -- s6-ipcserverd -- prog"],
  ])("s6-ipcserver %s becomes %s", (line, rest) => {
    expect(parseIpcserver(line.split(" "))).toEqual({ operations: [], rest: rest.split(" "), isOwn: true });
  });

  test.each([
    ["-i r /s", "s6-ipcserver-socketbinder -- /s s6-fdholderd -i r"],
    ["-D -b 7 -x f -i r /s", "s6-ipcserver-socketbinder -D -b 7 -- /s s6-fdholderd -i r"],
    ["-v 2 -1 -c 0 -n 00 -t 0 -T 0 -i r -x f -- /s", "s6-ipcserver-socketbinder -- /s s6-fdholderd -v 2 -1 -c 1 -n 1 -x f"],
    ["-Dv1 -c 5 -n 9 -t 3 -T 4 -d -b 0 -i r /s more", "s6-ipcserver-socketbinder -b 0 -- /s s6-fdholderd -c 5 -n 9 -t 3 -T 4 -i r"],
    ["-u 5 -U -g 9 -i r /s", "s6-ipcserver-socketbinder -- /s s6-applyuidgid -Uz -g 9 -- s6-fdholderd -i r"],
    ["-u 5 -G 7,8 -i r /s", "s6-ipcserver-socketbinder -- /s s6-applyuidgid -u 5 -G 7,8 -- s6-fdholderd -i r"],
  ])("s6-fdholder-daemon %s becomes %s", (line, rest) => {
    expect(parseFdholderDaemon(line.split(" "))).toEqual({ operations: [], rest: rest.split(" "), isOwn: true });
  });

  test.each([["/s"], ["-c", "x", "/s", "prog"], ["-a", "8", "/s", "prog"], ["-a", "", "/s", "prog"], ["-z", "/s", "prog"], ["-u", "-1", "/s", "prog"]])("s6-ipcserver %s %s %s %s: its usage", (...args) => {
    expect(() => parseIpcserver(args)).toThrow(UsageError);
  });

  test("s6-setuidgid only rewrites it", () => {
    expect(parseSetuidgid(["", "prog"])).toEqual({ operations: [], rest: ["prog"], isOwn: false });
    expect(parseSetuidgid(["www", "prog"]).rest).toEqual(["s6-envuidgid", "www", "s6-applyuidgid", "-Uz", "--", "prog"]);
    expect(parseSetuidgid(["1:2", "prog"]).rest).toEqual(["s6-applyuidgid", "-u", "1", "-g", "2", "-G", "", "--", "prog"]);
  });
});

test("an environment is a set of bytes, of which the first of a name counts", () => {
  const environment = new Environment(["A=1", "A=2", "odd", "B=\xff=", "=x"]);
  environment.set("C", "\n");
  environment.set("A", `${environment.get("A")}!`);
  environment.set("=", undefined);
  expect(environment.entries().map((entry) => Buffer.from(entry).toString("latin1")).sort()).toEqual(["=x", "A=1!", "B=\xff=", "C=\n", "odd"]);
});

test("the value of a file", () => {
  const rules = { mayBeMissing: false, chomp: true, verbatim: false, limited: true, nullText: "\u00e4" };
  expect(importedValue("", rules)).toBeUndefined();
  expect(importedValue("\0 \t\nx", rules)).toBe("\xc3");
  expect(importedValue("a \n\n", { ...rules, verbatim: true })).toBe("a \n");
});

test("the variables of an account", () => {
  const accounts = { userByName: (name: string) => (name === "u" ? { uid: 4294967295, gid: 2 } : undefined), groupByName: () => undefined, groupsOf: () => [7, 8] };
  const rules = { mode: "list", numeric: false, otherwise: undefined } as const;
  expect(Object.fromEntries(accountVariables("u", rules, accounts))).toEqual({ UID: "4294967295", GID: "2", GIDLIST: "7,8" });
  expect(() => accountVariables("x", rules, accounts)).toThrow("unknown user: x");
});

test("what a limit becomes", () => {
  const limit = { resource: 4, soft: 10n, hard: 20n };
  expect(changedLimit(limit, "soft", 30n)).toEqual({ ...limit, soft: 20n });
  expect(changedLimit(limit, "hard", 5n)).toEqual({ ...limit, hard: 5n });
  expect(changedLimit(limit, "both", "most")).toEqual({ ...limit, soft: UNLIMITED, hard: UNLIMITED });
});
