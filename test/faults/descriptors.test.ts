import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { IDLE, IDLE_READY, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { eventually, isSupervised, pidOf, read, type Scan, scan } from "../interop/svscan-tree.ts";

/** Few descriptors, and no right to have more. */
const FEW = ["sh", "-c", 'ulimit -n 250; exec setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$@"', "sh"];

const LOGGER = "#!/bin/sh\nexec cat >heard\n";
const named = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const all = (names: readonly string[], run: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${name}/run`, run]));
const idle = (names: readonly string[]): Record<string, string> => all(names, IDLE);
const supervised = (tree: Scan, names: readonly string[]): string[] => names.filter((name) => isSupervised(tree.path(name)));

/** Where they are now. */
function takeAway(tree: Scan, names: readonly string[]): string {
  const elsewhere = makeTempDirectory();
  for (const name of names) renameSync(tree.path(name), join(elsewhere, name));
  tree.control("an");
  return elsewhere;
}

test("services past the limit harm no other, and start by themselves when others have gone", async () => {
  const [old, young] = [named("old", 12), named("young", 30)];
  const tree = await scan(idle(old), { before: FEW });
  tree.up(...old);
  const pids = old.map((name) => pidOf(tree.path(name)));
  writeTree(tree.scandir, idle(young));
  tree.control("a");
  await eventually(() => tree.stderr()).toContain("too many services: the open files limit");
  expect(supervised(tree, young).length).toBeLessThan(young.length);
  expect(old.map((name) => pidOf(tree.path(name)))).toEqual(pids);
  untilHeard(tree.path("old0"), "d.*u", "s6-svc", "-k", tree.path("old0"));

  const [waiting, others] = [young.slice(-12), young.slice(0, -12)];
  takeAway(tree, [...old, ...others]);
  await eventually(() => supervised(tree, waiting)).toEqual(waiting); // nobody asks: it looks again by itself
  tree.up(...waiting);
});

test("a service and its logger wait together for room, and start together", async () => {
  const old = named("old", 30);
  const tree = await scan(idle(old), { before: FEW });
  await eventually(() => tree.stderr()).toContain("too many services: the open files limit");
  writeTree(tree.scandir, { "logged/run": "#!/bin/sh\necho hello\nexec sleep 1000\n", "logged/log/run": LOGGER });
  tree.control("a");
  await eventually(() => tree.stderr().match(/too many services/g)).toHaveLength(2);
  expect(supervised(tree, ["logged", "logged/log"])).toEqual([]);
  takeAway(tree, old.slice(5));
  await eventually(() => read(tree.path("logged", "log", "heard"))).toBe("hello\n");
});

test("services that come and go again and again leave nothing open", async () => {
  const tree = await scan({ "stays/run": IDLE_READY, "stays/notification-fd": "3\n" }, { before: FEW });
  tree.up("stays");
  const comeAndGo = async (round: string): Promise<void> => {
    const names = named(round, 5);
    const logged = names.map((name) => `${name}/log`);
    writeTree(tree.scandir, { ...idle(names), ...all(logged, LOGGER) });
    tree.control("a");
    tree.up(...names, ...logged);
    const elsewhere = takeAway(tree, names);
    await eventually(() => [...names, ...logged].filter((name) => isSupervised(join(elsewhere, name)))).toEqual([]);
  };
  const open = (): number => readdirSync(`/proc/${tree.pid}/fd`).length;
  for (const round of ["first", "second"]) await comeAndGo(round);
  const before = open();
  for (const round of ["third", "fourth", "fifth"]) await comeAndGo(round);
  await eventually(open).toBeLessThanOrEqual(before);
});
