import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { C_BIN, IDLE, makeTempDirectory, scanWithC, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, ours, run, startOurs, theirs } from "../support/executables.ts";
import { eventually, isSupervised, scanIn } from "./svscan-tree.ts";

/** Instances under our s6-svscan and under C's, by our programs and by C's. */

const success = { exitCode: 0, signal: null, stdout: "", stderr: "" };
const LOGGED = { run: IDLE, "log/run": "#!/bin/sh\nexec cat >/dev/null\n" };
const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const subscribers = (servicedir: string): string[] => readdirSync(join(servicedir, "event")).filter((name) => name.startsWith("ftrig1"));

interface Service {
  readonly service: string;
  readonly instance: (name: string) => string;
  readonly names: () => string[];
}

/** The service of a maker; nobody runs it yet. */
function makeService(files: Readonly<Record<string, string>> = { run: IDLE }, maker = OUR_BIN): Service {
  const root = makeTempDirectory();
  writeTree(join(root, "template"), files);
  const service = join(root, "service");
  expect(run(maker, "s6-instance-maker", join(root, "template"), service)).toEqual(success);
  return { service, instance: (name) => join(service, "instances", name), names: () => readdirSync(join(service, "instances")).sort() };
}

type Tree = "our" | "C's";
async function liveService(tree: Tree, files?: Readonly<Record<string, string>>): Promise<Service> {
  const made = makeService(files, tree === "our" ? OUR_BIN : C_BIN);
  const scandir = join(made.service, "instance");
  if (tree === "our") await scanIn(scandir);
  else await scanWithC(scandir);
  return made;
}

/** Who makes, who looks, who deletes. */
const BINS = { our: OUR_BIN, "C's": C_BIN } as const;

describe.each<Tree>(["our", "C's"])("under %s s6-svscan", (tree) => {
  test.each<[Tree, Tree]>([["our", "our"], ["our", "C's"], ["C's", "our"]])("%s create and %s delete work together", async (creator, deleter) => {
    const { service, instance, names } = await liveService(tree, LOGGED);
    expect(run(BINS[creator], "s6-instance-create", service, "one")).toEqual(success);
    expect(run(BINS[creator], "s6-instance-create", "-t", "20000", service, "two")).toEqual(success);
    expect(readlinkSync(join(service, "instance", "one"))).toBe("../instances/one");
    for (const each of [instance("one"), join(instance("one"), "log")]) {
      expect(isSupervised(each)).toBe(true);
      expect(theirs("s6-svwait", "-u", "-t", "20000", each).exitCode).toBe(0);
      expect(subscribers(each)).toEqual([]);
      expect(modeOf(join(each, "event"))).toBe("3730");
    }
    for (const bin of [OUR_BIN, C_BIN]) {
      const { stdout, ...rest } = run(bin, "s6-instance-list", service);
      expect({ ...rest, stdout: stdout.split("\n").sort() }).toEqual({ ...success, stdout: ["", "one", "two"] });
      expect(run(bin, "s6-instance-status", "-o", "up,normallyup", service, "one")).toEqual({ ...success, stdout: "true true\n" });
      expect(run(bin, "s6-instance-create", service, "one")).toMatchObject({ exitCode: 100 });
    }
    const both = [instance("two"), join(instance("two"), "log")];
    expect(run(BINS[deleter], "s6-instance-delete", "-t", "20000", service, "two")).toEqual(success);
    expect(names()).toEqual(["one"]);
    expect(both.map(isSupervised)).toEqual([false, false]);
    expect(run(BINS[deleter], "s6-instance-delete", service, "one")).toEqual(success);
    expect(names()).toEqual([]);
    expect(readdirSync(join(service, "instance"))).toEqual([".s6-svscan"]);
  });

  test("an instance gets its name, and is controlled by it", async () => {
    const { service, instance } = await liveService(tree, { run: "#!/bin/sh\necho $1 >name\nexec sleep 1000\n" });
    expect(ours("s6-instance-create", service, "web-1.example")).toEqual(success);
    await eventually(() => existsSync(join(instance("web-1.example"), "name")) && readFileSync(join(instance("web-1.example"), "name"), "utf8")).toBe("web-1.example\n");
    for (const bin of [OUR_BIN, C_BIN]) {
      const status = (): string => run(bin, "s6-instance-status", "-u", service, "web-1.example").stdout;
      expect(run(bin, "s6-instance-control", "-wD", "-T", "20000", "-d", service, "web-1.example")).toEqual(success);
      expect(status()).toBe("false\n");
      expect(run(bin, "s6-instance-control", "-wu", "-T20000", "-u", service, "web-1.example")).toEqual(success);
      expect(status()).toBe("true\n");
      expect(run(bin, "s6-instance-control", service, "web-1.example")).toEqual(success);
    }
    expect(JSON.parse(ours("s6-instance-status", "--json", service, "web-1.example").stdout)).toMatchObject({ supervised: true, up: true });
    expect(ours("s6-instance-control", "-u", service, "nobody")).toMatchObject({ exitCode: 111 });
    expect(theirs("s6-instance-control", "-u", service, "nobody")).toMatchObject({ exitCode: 111 });
    for (const bin of [OUR_BIN, C_BIN]) expect(run(bin, "s6-instance-status", service, "nobody")).toMatchObject({ exitCode: 1, stdout: "" });
  });

  test("down files, rights and what is in the template", async () => {
    const { service, instance } = await liveService(tree, { ...LOGGED, "data/text": "text\n" });
    symlinkSync("/etc/passwd", join(service, "template", "link"));
    for (const [options, isLeft] of [[["-d"], false], [["-D"], true], [["-dD", "-P"], true]] as const) {
      const name = `x${options.join("")}`;
      expect(ours("s6-instance-create", ...options, service, name)).toEqual(success);
      for (const each of [instance(name), join(instance(name), "log")]) {
        expect(theirs("s6-svstat", "-u", each).stdout).toBe("false\n");
        expect(existsSync(join(each, "down"))).toBe(isLeft);
        expect(modeOf(join(each, "event"))).toBe(options.length === 2 ? "1733" : "3730");
      }
      expect(readFileSync(join(instance(name), "data", "text"), "utf8")).toBe("text\n");
      expect(readlinkSync(join(instance(name), "link"))).toBe("/etc/passwd");
    }
  });

  test("one that does not come is removed again: time-out, interruption, failure", async () => {
    const { service, instance, names } = await liveService(tree, { run: IDLE, "supervise/lock/is-no-file": "" });
    const { exitCode, stderr } = ours("s6-instance-create", "-t", "1", service, "late");
    expect({ exitCode, stderr }).toEqual({ exitCode: 99, stderr: `s6-instance-create: fatal: unable to create instance late of ${service}: timed out\n` });
    const creating = startOurs("s6-instance-create", service, "interrupted");
    await eventually(() => existsSync(join(service, "instance", "interrupted"))).toBe(true);
    creating.process.kill("SIGTERM");
    expect(await creating.ended).toMatchObject({ signal: "SIGTERM" });
    writeFileSync(join(service, "instance", "taken"), "");
    expect(ours("s6-instance-create", service, "taken")).toMatchObject({ exitCode: 111, stderr: expect.stringContaining("File exists") });
    expect(existsSync(join(service, "instance", "taken"))).toBe(true);
    expect(names()).toEqual([]);
    renameSync(join(service, "template"), join(service, "elsewhere"));
    for (const bin of [OUR_BIN, C_BIN]) {
      expect(run(bin, "s6-instance-create", service, "x")).toMatchObject({
        exitCode: 111, stderr: `s6-instance-create: fatal: unable to copy ${service}/template to ${instance("x").replace(/\/+/g, "/")}: No such file or directory\n`,
      });
    }
    expect(names()).toEqual([]);
    expect(readdirSync(join(service, "instance")).sort()).toEqual([".s6-svscan", "taken"]);
  });

  test("delete -X does not wait; nothing is left of it, and an unknown name is fine", async () => {
    const { service, instance, names } = await liveService(tree, { run: "#!/bin/sh\necho $$ >pid\nexec sleep 1000\n" });
    expect(ours("s6-instance-create", service, "x")).toEqual(success);
    expect(theirs("s6-svwait", "-u", "-t", "20000", instance("x")).exitCode).toBe(0);
    const pid = Number(theirs("s6-svstat", "-p", instance("x")).stdout);
    expect(ours("s6-instance-delete", "-X", service, "x")).toEqual(success);
    await eventually(() => existsSync(`/proc/${pid}`)).toBe(false);
    expect(ours("s6-instance-delete", service, "unknown")).toEqual(success);
    await eventually(names).toEqual([]);
    expect(ours("s6-instance-create", service, "x")).toEqual(success);
    expect(ours("s6-instance-delete", service, "x")).toEqual(success);
  });
});

test("hostile links lead nowhere", async () => {
  const { service, instance } = await liveService("our");
  const outside = makeTempDirectory();
  writeTree(outside, { precious: "still here", "victim/precious": "still here" });
  // The link of the instance, the instance, and all of them are elsewhere.
  symlinkSync(outside, instance("x"));
  symlinkSync(outside, join(service, "instance", "x"));
  expect(ours("s6-instance-delete", "-t", "1", service, "x")).toEqual(success);
  mkdirSync(instance("y"));
  symlinkSync(outside, join(instance("y"), "in"));
  expect(ours("s6-instance-delete", service, "y")).toEqual(success);
  rmSync(join(service, "instances"), { recursive: true });
  symlinkSync(outside, join(service, "instances"));
  expect(ours("s6-instance-delete", service, "victim")).toMatchObject({ exitCode: 111 });
  expect(ours("s6-instance-create", service, "new")).toMatchObject({ exitCode: 111 });
  expect(lstatSync(join(service, "instances")).isSymbolicLink()).toBe(true);
  expect(readdirSync(outside).sort()).toEqual(["precious", "victim"]);
  expect(readdirSync(join(outside, "victim"))).toEqual(["precious"]);
});

describe("what is no instance, or no service that runs", () => {
  test("has the exit codes of C", () => {
    const { service } = makeService();
    const dead = makeService().service;
    writeTree(join(dead, "instance"), { ".s6-svscan/lock": "" });
    for (const args of [
      ["create"], ["create", service], ["create", service, ""], ["create", "", "x"], ["create", service, ".x"], ["create", service, "a b"], ["create", service, "a\tb"],
      ["create", service, "x"], ["create", "/nonexistent", "x"], ["create", dead, "x"], ["create", "-t", "x", dead, "x"], ["create", "-q", dead, "x"],
      ["delete", service, "x\n"], ["delete", service, "x"], ["delete", "/nonexistent", "x"], ["delete", dead, "x"], ["delete", "-t", "x", dead, "x"],
      ["list"], ["list", ""], ["list", service], ["list", "/nonexistent"], ["list", dead], ["list", "-x", dead],
      ["control", dead], ["control", "-u", dead, ""], ["control", "-wx", dead, "x"], ["control", "-T", "x", dead, "x"], ["control", "-Q", dead, "x"], ["control", "-s", "HUP", dead, "x"],
      ["control", "-l", dead, "x"], ["control", "-u", dead, "x"], ["control", "-wu", "-u", dead, "x"],
      ["status", dead], ["status", dead, "a b"], ["status", "-g", dead, "x"], ["status", "-o", "nonsense", dead, "x"], ["status", dead, "x"], ["status", "-uwNrpest", "-n", dead, "x"],
    ] as const) {
      const [name, ...rest] = args;
      const program = `s6-instance-${name}`;
      expect({ args, exitCode: ours(program, ...rest).exitCode }).toEqual({ args, exitCode: theirs(program, ...rest).exitCode });
    }
    for (const name of ["create", "delete", "list"]) {
      const operands = name === "list" ? [dead] : [dead, "x"];
      expect(ours(`s6-instance-${name}`, ...operands)).toEqual(theirs(`s6-instance-${name}`, ...operands));
      expect(ours(`s6-instance-${name}`, "/nonexistent", "x").stderr).toBe(theirs(`s6-instance-${name}`, "/nonexistent", "x").stderr);
    }
  });

  test("a name with a slash is none, which C leaves to luck", () => {
    const { service } = makeService();
    for (const name of ["create", "delete", "control", "status"]) {
      expect(ours(`s6-instance-${name}`, service, "x/../../template")).toMatchObject({ exitCode: 100, stderr: `s6-instance-${name}: fatal: invalid instance name\n` });
    }
  });
});
