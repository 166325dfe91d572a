// Run scripts that are chains: ours are compiled, or one process; C's are a process image per word.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeGroup } from "./cgroup.mjs";
import { directory, median, OUR_BIN, program, sleep, Tree } from "./trees.mjs";

const EXECLINE = "/usr/lib/execline/bin";
const BINS = { c: EXECLINE, ours: OUR_BIN };
const pathOf = (suite) => `${BINS[suite]}:/usr/bin:/bin`;
/** The five steps of the figures. */
const STEPS = ["s6-setuidgid nobody", "s6-softlimit -o 100", "s6-envdir env", "fdmove -c 2 1", "cd /"];
const STARTS = 15;
/** Longer than the second that a supervisor lets pass between two starts. */
const PAUSE_MS = 1100;

function scandir(suite, count, name) {
  const dir = directory("chains-");
  chmodSync(dir, 0o755);
  chmodSync(dirname(dir), 0o755);
  for (let index = 1; index <= count; index++) {
    const service = join(dir, `s${index}`);
    mkdirSync(join(service, "env"), { recursive: true });
    for (const variable of ["COLOUR", "NUMBER", "PLACE"]) writeFileSync(join(service, "env", variable), `${variable} of ${index}\n`);
    writeFileSync(join(service, "run"), `#!${BINS[suite]}/execlineb -P\n${STEPS.join("\n")}\n${program(name)}\n`, { mode: 0o755 });
    if (name === "once") writeFileSync(join(service, "down"), "");
  }
  return dir;
}

/** A tree whose services say hello on a pipe that we read. */
function tree(suite, dir, count, groups = []) {
  const made = new Tree(suite, dir, count, groups, { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, PATH: pathOf(suite) } });
  let bytes = 0;
  let wake = () => undefined;
  made.process.stdout.on("data", (chunk) => {
    bytes += chunk.length;
    wake();
  });
  /** Until so many have said hello. */
  made.greetings = async (wanted) => {
    while (bytes < wanted * 6) {
      const isLate = await Promise.race([new Promise((resolve) => { wake = () => resolve(false); }), sleep(60_000).then(() => true)]);
      if (isLate) throw new Error(`${suite}: ${bytes / 6} of ${wanted} services have said hello`);
    }
  };
  return made;
}

async function toRunning(suite) {
  const dir = scandir(suite, 1, "once");
  const made = tree(suite, dir, 1);
  await sleep(1500);
  const control = openSync(join(dir, "s1", "supervise", "control"), "w");
  const times = [];
  for (let start = 1; start <= STARTS; start++) {
    const from = performance.now();
    writeSync(control, "o");
    await made.greetings(start);
    times.push((performance.now() - from) * 1000);
    await sleep(PAUSE_MS);
  }
  await made.stop();
  return median(times);
}

async function bringUp(suite, count) {
  const group = makeGroup("cpu");
  const made = tree(suite, scandir(suite, count, "hello"), count, group === undefined ? [] : [group]);
  await made.greetings(count);
  const ms = performance.now() - made.startedMs;
  const cpu = group === undefined ? null : group.usage() * 1000;
  await made.stop();
  group?.remove();
  return { ms, cpu };
}

/** A chain of five from a shell, against the start of node alone. */
function fromShell(rounds) {
  const run = (command) => {
    const from = performance.now();
    spawnSync("/bin/sh", ["-c", command], { stdio: "ignore", env: { ...process.env, PATH: pathOf("ours") } });
    return performance.now() - from;
  };
  const chain = `exec ${OUR_BIN}/s6-setuidgid nobody s6-softlimit -o 100 s6-envdir -I /nonexistent fdmove -c 2 1 cd / ${program("exit")}`;
  const times = { c: [], ours: [] };
  for (let round = 0; round < rounds * 10; round++) {
    times.c.push(run(`exec ${process.execPath} -e 0`));
    times.ours.push(run(chain));
  }
  return { c: median(times.c), ours: median(times.ours), raw: times };
}

export async function chains(rounds, count = 500) {
  const pick = (results, of) => {
    const raw = { c: results.c.map(of), ours: results.ours.map(of) };
    return { c: median(raw.c), ours: median(raw.ours), raw };
  };
  const both = async (measure) => {
    const results = { c: [], ours: [] };
    for (let round = 0; round < rounds; round++) for (const suite of ["c", "ours"]) results[suite].push(await measure(suite));
    return results;
  };
  const starts = await both(toRunning);
  const trees = await both((suite) => bringUp(suite, count));
  return [
    { figure: "control written until a chain's program runs", unit: "us", target: 0.35, ...pick(starts, (us) => us) },
    { figure: `bring-up of ${count} chains, wall`, unit: "ms", target: 0.4, ...pick(trees, ({ ms }) => ms) },
    trees.c[0].cpu === null
      ? { figure: `bring-up of ${count} chains, CPU`, unavailable: "no cpu cgroup" }
      : { figure: `bring-up of ${count} chains, CPU with all forks and execs`, unit: "ms", target: 0.4, ...pick(trees, ({ cpu }) => cpu) },
    { figure: "five programs from a shell, against node -e 0", unit: "ms", target: 1.2, ...fromShell(rounds) },
  ];
}
