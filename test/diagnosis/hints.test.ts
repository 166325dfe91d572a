import { describe, expect, test } from "vitest";
import { type EndedRun, hintForBackground, type Orphan } from "../../src/diagnosis/background.ts";
import { type ControlFacts, hintForCommand } from "../../src/diagnosis/control.ts";
import { hintForClash, hintForDescriptor, hintForValue, type ValueFile, whyUnusual } from "../../src/diagnosis/values.ts";
import { mountOf } from "../../src/formats/mounts.ts";

describe("a value that s6 does not understand", () => {
  test.each<[ValueFile, string, string]>([
    ["notification-fd", "three\n", 'an unsigned decimal number and nothing else: it is "three"'],
    ["notification-fd", "", "it is empty"],
    ["notification-fd", "3\r\n", "it ends with CR LF"],
    ["timeout-kill", "3 \n", "there are blanks around it"],
    ["timeout-kill", "-1\n", 'it is "-1"'],
    ["timeout-finish", "000000000030\n", "undefined"],
    ["timeout-finish", "99999999999\n", "it is"],
    ["max-death-tally", "x".repeat(40), "it has more than 11 bytes"],
    ["down-signal", "FOO\n", 'the name or the number of a signal and nothing else: it is "FOO"'],
  ])("%s with %j", (name, content, text) => {
    expect(String(hintForValue(name, content)?.text)).toContain(text);
  });

  test.each<[ValueFile, string]>([["notification-fd", "3"], ["timeout-kill", "007\nmore\n"], ["down-signal", "sigint\n"]])("%s with %j is fine", (name, content) => {
    expect(hintForValue(name, content)).toBeUndefined();
  });

  test("and values that are more than counts", () => {
    expect(whyUnusual("max-death-tally", "5000\n")).toContain("4096");
    expect(whyUnusual("timeout-kill", "3000000000\n")).toContain("no limit");
    expect(whyUnusual("timeout-kill", "3000\n")).toBeUndefined();
    expect(whyUnusual("lock-fd", "5000\n")).toBeUndefined();
  });
});

test("descriptors that are taken, too large, or both the same", () => {
  expect(hintForDescriptor("notification-fd", 1, 1024)?.text).toContain("stdout of the service: use 3");
  expect(hintForDescriptor("lock-fd", 0, 1024)?.text).toContain("stdin");
  expect(hintForDescriptor("lock-fd", 1024, 1024)?.text).toContain("no descriptor above 1023");
  expect(hintForDescriptor("lock-fd", 3, 1024)).toBeUndefined();
  expect(hintForClash(3).text).toContain("such as 4");
});

describe("a daemon in the background", () => {
  const run: EndedRun = { pid: 100, livedMs: 20, wasReady: false, script: "#!/bin/sh\n/usr/sbin/exampled -v\n", orphans: [] };
  const orphan: Orphan = { pid: 101, name: "exampled", session: 101, ageMs: 15 };
  const hint = (orphans: readonly Orphan[], change: Partial<EndedRun> = {}): string | undefined => hintForBackground({ ...run, orphans, ...change })?.text;

  test("is known by its session, or by its name and its age", () => {
    expect(hint([orphan])).toContain("left exampled (pid 101) behind");
    expect(hint([{ ...orphan, name: "other", session: 100 }])).toContain("left other");
    expect(hint([{ ...orphan, name: "a-daemon-with-a" }], { script: "exec ./a-daemon-with-a-long-name" })).toContain("a-daemon-with-a");
  });

  test("is not a process of somebody else", () => {
    expect(hint([])).toBeUndefined();
    expect(hint([{ ...orphan, name: "other" }])).toBeUndefined();
    expect(hint([{ ...orphan, ageMs: 5000 }])).toBeUndefined();
  });

  test("is no daemon when run was ready, or lived long", () => {
    expect(hint([orphan], { wasReady: true })).toBeUndefined();
    expect(hint([orphan], { livedMs: 60_000 })).toBeUndefined();
  });
});

describe("a command that did not arrive", () => {
  const facts: ControlFacts = {
    directory: "s/a", isDirectory: true, hasRun: true, hasSupervise: true, control: "FIFO", isScandir: false, services: [],
    parent: { path: "s", hasRun: false, isScandir: false, isScanned: false }, barrier: undefined,
  };
  const elsewhere = { ...facts, hasRun: false, hasSupervise: false };
  const { parent } = facts;
  const barrier = { path: "s/a/supervise", mode: 0o40700, user: "www", group: "web" };

  test.each<[string, ControlFacts, string, string]>([
    ["not listening", { ...elsewhere, isScandir: true, services: ["b"] }, "", "s/a is a scan directory: name a service in it, such as s/a/b, or use s6-svscanctl"],
    ["not listening", { ...elsewhere, parent: { ...parent, hasRun: true } }, "", "s/a is no service directory, but s is one"],
    ["failed", { ...elsewhere, isDirectory: false, parent: { ...parent, hasRun: true } }, "ENOTDIR", "s/a is no service directory, but s is one"],
    ["not listening", { ...elsewhere, services: ["b", "c"] }, "", "name one of them, such as s/a/b"],
    ["not listening", elsewhere, "", "there is no run in it"],
    ["not listening", { ...facts, parent: { ...parent, isScandir: true, isScanned: true } }, "", "s6-svscanctl -a s"],
    ["not listening", { ...facts, parent: { ...parent, isScandir: true } }, "", "no s6-svscan runs on s"],
    ["not listening", { ...facts, hasSupervise: false }, "", "has never been supervised"],
    ["broken", facts, "ENOENT", "s/a/supervise/control is missing"],
    ["failed", { ...facts, control: "file" }, "", "s/a/supervise/control is a file, no FIFO"],
    ["failed", { ...facts, barrier }, "EACCES", "s/a/supervise belongs to www, and its mode is 0700: only www, root may"],
    ["failed", { ...facts, barrier: { ...barrier, mode: 0o40730 } }, "EACCES", "only www, the group web, root may"],
  ])("%s (%#)", (outcome, given, code, text) => {
    expect(hintForCommand(given, outcome as "failed", code)).toContain(text);
  });

  test("for a reason that is not known", () => {
    expect(hintForCommand(facts, "not listening", "")).toBeUndefined();
    expect(hintForCommand(facts, "failed", "EIO")).toBeUndefined();
    const parentIsService = { ...parent, hasRun: true };
    expect(hintForCommand({ ...elsewhere, isDirectory: false, parent: parentIsService }, "failed", "ENOENT")).toBeUndefined();
    expect(hintForCommand(facts, "failed", "EIO")).toBeUndefined();
  });
});

test("what a path lies on", () => {
  const mountinfo = [
    "1 0 8:1 / / rw - ext4 /dev/sda rw",
    "2 1 0:5 / /srv rw,nosuid,noexec shared:1 - tmpfs tmpfs rw",
    "3 1 0:6 / /srv/a\\040b rw - tmpfs tmpfs ro",
    "4 1 0:7 / /srv/c rw - tmpfs tmpfs rw",
    "5 4 0:8 / /srv/c ro - tmpfs tmpfs rw",
    "",
  ].join("\n");
  expect(mountOf(mountinfo, "/home/x")).toEqual({ point: "/", isReadOnly: false, isNoexec: false });
  expect(mountOf(mountinfo, "/srv")).toEqual({ point: "/srv", isReadOnly: false, isNoexec: true });
  expect(mountOf(mountinfo, "/srvx")?.point).toBe("/");
  expect(mountOf(mountinfo, "/srv/a b/c")).toEqual({ point: "/srv/a b", isReadOnly: true, isNoexec: false });
  expect(mountOf(mountinfo, "/srv/c/d")?.isReadOnly).toBe(true);
  expect(mountOf("", "/")).toBeUndefined();
});
