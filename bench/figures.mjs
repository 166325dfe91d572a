// The figures: each answers { c, ours } in its unit. Lower is better everywhere.
import { execFileSync, spawnSync } from "node:child_process";
import { openSync, readFileSync, watch, writeSync } from "node:fs";
import { join } from "node:path";
import { chains } from "./chains.mjs";
import { makeGroup } from "./cgroup.mjs";
import { fdholder } from "./fdholder.mjs";
import { ipcserver } from "./ipcserver.mjs";
import { hosted } from "./hosted.mjs";
import { journal } from "./journal.mjs";
import { log } from "./log.mjs";
import { loggers } from "./loggers.mjs";
import { recovery } from "./recovery.mjs";
import { C_BIN, median, OUR_BIN, pidIn, scandir, sleep, Tree, until } from "./trees.mjs";

const SETTLE_MS = 1500;

async function both(rounds, measure) {
  const results = { c: [], ours: [] };
  for (let round = 0; round < rounds; round++) for (const suite of ["c", "ours"]) results[suite].push(await measure(suite));
  return results;
}
function medians({ c, ours }, pick = (value) => value) {
  const raw = { c: c.map(pick), ours: ours.map(pick) };
  return { c: median(raw.c), ours: median(raw.ours), raw };
}

/** Bring-up, memory, idle and shutdown come from the same trees. */
export async function tree1000(rounds, count = 1000) {
  const results = await both(rounds, async (suite) => {
    const group = makeGroup("cpu");
    const tree = new Tree(suite, scandir(count, "pause"), count, group === undefined ? [] : [group]);
    const upMs = await tree.up();
    await sleep(SETTLE_MS);
    const allMs = group === undefined ? 0 : (group.usage() * 1000) / count;
    const result = { upMs, allMs, cpuMs: (tree.cpu() * 1000) / count, dirty: tree.memory("Private_Dirty"), pss: tree.memory("Pss") };
    const downMs = await tree.stop();
    group?.remove();
    return { ...result, downMs };
  });
  const all = { figure: "the same with forks, execs and the services", unit: "ms", target: null };
  return [
    { figure: `bring-up of ${count}, wall`, unit: "ms", target: 0.8, ...medians(results, ({ upMs }) => upMs) },
    { figure: "CPU of the tree per service brought up", unit: "ms", target: 0.75, ...medians(results, ({ cpuMs }) => cpuMs) },
    results.c[0].allMs === 0 ? { ...all, unavailable: "no cpu cgroup" } : { ...all, ...medians(results, ({ allMs }) => allMs) },
    { figure: `private dirty at ${count}`, unit: "MB", target: 0.4, ...medians(results, ({ dirty }) => dirty) },
    { figure: `PSS at ${count}`, unit: "MB", target: 0.65, ...medians(results, ({ pss }) => pss) },
    { figure: `s6-svscanctl -t of ${count}`, unit: "ms", target: 1.2, ...medians(results, ({ downMs }) => downMs) },
  ];
}

/** What one more service costs with the kernel's share: services that are down, so that it is the supervisor alone. */
export async function added(rounds) {
  const isThere = (service) => readFileSync(join(service, "supervise", "status")).length === 35;
  const cost = async (suite, count) => {
    const dir = scandir(count, "pause", { down: "" });
    const group = makeGroup("memory");
    const tree = new Tree(suite, dir, count, [group]);
    await until(dir, count, (service) => { try { return isThere(service); } catch { return false; } });
    await sleep(SETTLE_MS);
    const kilobytes = group.usage();
    await tree.stop();
    group.remove();
    return kilobytes;
  };
  const figure = { figure: "one more service, user and kernel", unit: "KB", target: 0.2 };
  const probe = makeGroup("memory");
  if (probe === undefined) return [{ ...figure, unavailable: "no memory cgroup" }];
  probe.remove();
  const results = await both(rounds, async (suite) => (await cost(suite, 1000) - await cost(suite, 100)) / 900);
  return [{ ...figure, ...medians(results) }];
}

/** kill -9 of a ready service until the status names its successor: 60 of them a round. */
export async function restart(rounds) {
  const measure = async (suite, count) => {
    const kills = 60;
    const dir = scandir(count, "ready", { "notification-fd": "3\n" });
    const tree = new Tree(suite, dir, count);
    await tree.up();
    const times = [];
    for (let kill = 0; kill < kills; kill++) {
      if (kill % count === 0) await sleep(SETTLE_MS); // longer than a second: the restart is immediate then
      const service = join(dir, `s${(kill % count) + 1}`);
      const before = pidIn(service);
      const watcher = watch(join(service, "supervise"));
      const changed = new Promise((resolve) => watcher.on("change", () => { if (![0, before].includes(pidIn(service))) resolve(); }));
      const fromMs = performance.now();
      process.kill(before, "SIGKILL");
      await changed;
      times.push(performance.now() - fromMs);
      watcher.close();
    }
    await tree.stop();
    return median(times);
  };
  const few = medians(await both(rounds, (suite) => measure(suite, 10)));
  const many = medians(await both(Math.min(rounds, 3), (suite) => measure(suite, 1000)));
  return [
    { figure: "kill -9 until the replacement runs, 10 services", unit: "ms", target: 1.3, ...few },
    { figure: "the same at 1000 services", unit: "ms", target: 1.3, ...many },
  ];
}

const wantedIn = (service) => (readFileSync(join(service, "supervise", "status"))[34] & 4) !== 0;

/** A byte into the control FIFO until the status file says that it was obeyed. */
export async function control(rounds) {
  const results = await both(rounds, async (suite) => {
    const dir = scandir(10, "pause");
    const tree = new Tree(suite, dir, 10);
    await tree.up();
    await sleep(SETTLE_MS);
    const service = join(dir, "s1");
    const fifo = openSync(join(service, "supervise", "control"), "w");
    const times = [];
    for (let index = 0; index < 40; index++) {
      const isWanted = index % 2 === 1;
      const watcher = watch(join(service, "supervise"));
      const changed = new Promise((resolve) => watcher.on("change", () => { if (wantedIn(service) === isWanted) resolve(); }));
      const fromMs = performance.now();
      writeSync(fifo, isWanted ? "u" : "O"); // the wanted state goes to the status file
      await changed;
      times.push(performance.now() - fromMs);
      watcher.close();
    }
    await tree.stop();
    return median(times);
  });
  return [{ figure: "a command until the status shows it", unit: "ms", target: null, ...medians(results) }];
}

export async function status(rounds) {
  const dir = scandir(1000, "pause");
  const tree = new Tree("c", dir, 1000);
  await tree.up();
  const services = Array.from({ length: 1000 }, (_, index) => join(dir, `s${index + 1}`));
  const timed = (action) => { const fromMs = performance.now(); action(); return performance.now() - fromMs; };
  const c = [], ours = [];
  for (let round = 0; round < rounds; round++) {
    c.push(timed(() => { for (const service of services) spawnSync(join(C_BIN, "s6-svstat"), [service]); }));
    ours.push(timed(() => execFileSync(join(OUR_BIN, "s6-svstat"), services)));
  }
  await tree.stop();
  return [{ figure: "status of 1000: one call of ours, 1000 of C", unit: "ms", target: 0.1, ...medians({ c, ours }) }];
}

/** 200 services that exit at once: one restart a second each, and what it costs. */
export async function flap(rounds) {
  const seconds = 5;
  const results = await both(Math.min(rounds, 3), async (suite) => {
    const dir = scandir(200, "exit", { "max-death-tally": "4096\n" });
    const tree = new Tree(suite, dir, 200);
    await sleep(3000);
    const deaths = () => Array.from({ length: 200 }, (_, index) => readFileSync(join(dir, `s${index + 1}`, "supervise", "death_tally")).length / 14)
      .reduce((sum, count) => sum + count, 0);
    const [cpu, count] = [tree.cpu(), deaths()];
    await sleep(seconds * 1000);
    const restarts = deaths() - count;
    const result = { ms: ((tree.cpu() - cpu) * 1000) / restarts, rate: restarts / seconds / 200 };
    await tree.stop();
    return result;
  });
  return [
    { figure: "flapping: CPU of the tree per restart", unit: "ms", target: 1, ...medians(results, ({ ms }) => ms) },
    { figure: "flapping: restarts per second and service", unit: "/s", target: null, ...medians(results, ({ rate }) => rate) },
  ];
}

export async function idle() {
  const results = await both(1, async (suite) => {
    const tree = new Tree(suite, scandir(1000, "pause"), 1000);
    await tree.up();
    await sleep(10_000);
    const before = tree.switches();
    await sleep(20_000);
    const woken = tree.switches() - before;
    await tree.stop();
    return woken;
  });
  return [{ figure: "wakeups of 1000 idle services in 20 s", unit: "", target: null, ...medians(results) }];
}

export async function start(rounds) {
  const timed = (command, ...args) => Array.from({ length: 4 * rounds }, () => {
    const fromMs = performance.now();
    spawnSync(command, args, { stdio: "ignore" });
    return performance.now() - fromMs;
  });
  const node = timed(process.execPath, "-e", "0");
  const [ok, stat] = ["s6-svok", "s6-svstat"].map((name) =>
    medians({ c: timed(join(C_BIN, name), "/nonexistent"), ours: timed(join(OUR_BIN, name), "/nonexistent") }));
  return [
    { figure: "start of a program (s6-svok), against node -e 0", unit: "ms", target: 1.15, ...medians({ c: node, ours: ok.raw.ours }) },
    { figure: "the same, against C", unit: "ms", target: null, ...ok },
    { figure: "start of s6-svstat, against C", unit: "ms", target: null, ...stat },
  ];
}

/** Ours only: does it scale? */
export async function scale() {
  const tree = new Tree("ours", scandir(5000, "pause"), 5000);
  const upMs = await tree.up();
  execFileSync(join(C_BIN, "s6-svc"), ["-d", join(tree.dir, "s2500")]);
  execFileSync(join(C_BIN, "s6-svwait"), ["-D", "-t", "10000", join(tree.dir, "s2500")]);
  const pss = tree.memory("Pss");
  const downMs = await tree.stop();
  return [
    { figure: "5000 services, ours: up", unit: "ms", target: null, c: null, ours: upMs },
    { figure: "5000 services, ours: PSS", unit: "MB", target: null, c: null, ours: pss },
    { figure: "5000 services, ours: stopped", unit: "ms", target: null, c: null, ours: downMs },
  ];
}

export const FIGURES = { tree1000, added, restart, control, status, flap, idle, start, scale, recovery, journal, log, loggers, chains, ipcserver, fdholder, hosted };
