// What a logger costs when every service has one: memory of all of them with what the kernel holds for them, and how long
// they take to start. The same tree (ours) starts C's s6-log and ours, so that only the loggers differ.
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeGroup } from "./cgroup.mjs";
import { C_BIN, median, OUR_BIN, program, scandir, sleep, Tree } from "./trees.mjs";

const LOGGERS = 1000;

/** Services that say a line and stay; their loggers enter `entry` before they begin. */
function loggedScandir(bin, entry) {
  const dir = scandir(LOGGERS, "hello");
  for (let index = 1; index <= LOGGERS; index++) {
    const log = join(dir, `s${index}`, "log");
    mkdirSync(log);
    writeFileSync(join(log, "run"), `#!/bin/sh\n${entry === undefined ? "" : `echo $$ > ${entry}\n`}exec ${join(bin, "s6-log")} t ./d\n`);
    chmodSync(join(log, "run"), 0o755);
  }
  return dir;
}

const hasLine = (dir, index) => {
  const path = join(dir, `s${index}`, "log", "d", "current");
  return existsSync(path) && statSync(path).size > 0;
};

async function measure(bin) {
  const group = makeGroup("memory");
  const dir = loggedScandir(bin, group?.entry);
  const started = performance.now();
  const tree = new Tree("ours", dir, 2 * LOGGERS);
  for (let index = 1; index <= LOGGERS; index++) while (!hasLine(dir, index)) await sleep(5);
  const startMs = performance.now() - started;
  await sleep(3000); // what a start takes for a moment is given back
  const memory = group === undefined ? undefined : group.usage() / LOGGERS;
  await tree.stop();
  await sleep(3000); // the host lingers
  group?.remove();
  return { startMs, memory };
}

export async function loggers(rounds) {
  program("hello");
  const results = { c: [], ours: [] };
  for (let round = 0; round < rounds; round++) {
    results.c.push(await measure(C_BIN));
    results.ours.push(await measure(OUR_BIN));
  }
  const figure = (name, unit, target, key) => {
    const raw = { c: results.c.map((result) => result[key]), ours: results.ours.map((result) => result[key]) };
    if (raw.c.includes(undefined)) return { figure: name, unavailable: "no memory control group here" };
    return { figure: name, unit, target, c: median(raw.c), ours: median(raw.ours), raw };
  };
  return [
    figure(`memory of each of ${LOGGERS} loggers, kernel and host included`, "KB", 1, "memory"),
    figure(`${LOGGERS} logged services: until each has a line in its file`, "ms", null, "startMs"),
  ];
}
