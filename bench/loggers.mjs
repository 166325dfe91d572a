// What a logger costs when every service has one: memory of all of them with what the kernel holds for them, and how long
// they take to start. The same tree (ours) starts C's s6-log and ours, so that only the loggers differ.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeGroup } from "./cgroup.mjs";
import { C_BIN, median, OUR_BIN, program, scandir, sleep, Tree } from "./trees.mjs";

const LOGGERS = 1000;
const LINES = 300;

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

/** One logger whose stdin is a FIFO of ours, under our tree; it is not started again at its end. */
async function oneLogger(bin, script) {
  const dir = scandir(1, "hello");
  const service = join(dir, "s1");
  const fifo = join(service, "fifo");
  execFileSync("mkfifo", [fifo]);
  rmSync(join(service, "run"));
  writeFileSync(join(service, "run"), `#!/bin/sh\nexec ${join(bin, "s6-log")} -d 3 ${script} <fifo\n`, { mode: 0o755 });
  writeFileSync(join(service, "finish"), "#!/bin/sh\nexit 125\n", { mode: 0o755 });
  writeFileSync(join(service, "notification-fd"), "3\n");
  const tree = new Tree("ours", dir, 1);
  await tree.up();
  const writer = openSync(fifo, "w");
  execFileSync(join(C_BIN, "s6-svwait"), ["-U", "-t", "10000", service]);
  return { tree, service, writer };
}

/** From a line's write to the line in the file, µs, the median of many. */
async function latency(bin) {
  const { tree, service, writer } = await oneLogger(bin, "t ./d");
  const current = join(service, "d", "current");
  const times = [];
  for (let size = 0, count = 0; count < LINES; count++) {
    await sleep(2);
    const from = performance.now();
    writeSync(writer, "hello\n");
    while (statSync(current).size === size) { /* as fast as it can be seen */ }
    times.push((performance.now() - from) * 1000);
    ({ size } = statSync(current));
  }
  closeSync(writer);
  await tree.stop();
  return median(times);
}

/** Until all of it is in the files, ms. */
async function throughput(bin) {
  const { tree, service, writer } = await oneLogger(bin, "n2 s10000000 t ./d");
  const line = `${"0123456789".repeat(10)}\n`.slice(1);
  const input = join(service, "input");
  writeFileSync(input, line.repeat(1_000_000));
  const from = performance.now();
  const child = spawn("cat", [input], { stdio: ["ignore", writer, "ignore"] });
  closeSync(writer); // that one has it: the logger must not see an end before
  await new Promise((resolve) => child.once("exit", resolve));
  execFileSync(join(C_BIN, "s6-svwait"), ["-D", "-t", "20000", service]);
  const ms = performance.now() - from;
  await tree.stop();
  return ms;
}

export async function loggers(rounds) {
  program("hello");
  const results = { c: [], ours: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [suite, bin] of [["c", C_BIN], ["ours", OUR_BIN]]) {
      results[suite].push({ ...(await measure(bin)), latency: await latency(bin), throughput: await throughput(bin) });
    }
  }
  const figure = (name, unit, target, key) => {
    const raw = { c: results.c.map((result) => result[key]), ours: results.ours.map((result) => result[key]) };
    if (raw.c.includes(undefined)) return { figure: name, unavailable: "no memory control group here" };
    return { figure: name, unit, target, c: median(raw.c), ours: median(raw.ours), raw };
  };
  return [
    figure(`memory of each of ${LOGGERS} loggers, kernel and host included`, "KB", 1, "memory"),
    figure(`${LOGGERS} logged services: until each has a line in its file`, "ms", null, "startMs"),
    figure("a line: from its write until it is in the file", "us", 1, "latency"),
    figure("100 MB of lines of 100 bytes, t, through a shared host: wall", "ms", 0.5, "throughput"),
  ];
}
