// What the journal costs: our tree with it and without, taking turns in one run. The first column is without.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeGroup } from "./cgroup.mjs";
import { median, scandir, sleep, Tree } from "./trees.mjs";

const SETTLE_MS = 1500;
const FLAP_MS = 5000;
const FLAPPING = 200;

async function sideBySide(rounds, measure) {
  const results = { without: [], with: [] };
  // Whoever comes first in a round meets another machine than whoever comes second.
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? ["without", "with"] : ["with", "without"];
    for (const which of order) results[which].push(await measure(which === "with" ? "ours" : "unjournalled"));
  }
  return results;
}

const compared = (results, figure, target, pick) => {
  const raw = { c: results.without.map(pick), ours: results.with.map(pick) };
  return { figure, unit: "ms", target, c: median(raw.c), ours: median(raw.ours), raw };
};

const deathsIn = (dir) => Array.from({ length: FLAPPING }, (_, index) => readFileSync(join(dir, `s${index + 1}`, "supervise", "death_tally")).length / 14)
  .reduce((sum, count) => sum + count, 0);

export async function journal(rounds, count = 1000) {
  const bringUp = await sideBySide(rounds, async (suite) => {
    const group = makeGroup("cpu");
    const tree = new Tree(suite, scandir(count, "pause"), count, group === undefined ? [] : [group]);
    const upMs = await tree.up();
    await sleep(SETTLE_MS); // what was recorded at start is written when all is up
    const result = { upMs, cpuMs: (tree.cpu() * 1000) / count, allMs: ((group?.usage() ?? 0) * 1000) / count };
    await tree.stop();
    group?.remove();
    return result;
  });
  const flapping = await sideBySide(rounds, async (suite) => {
    const dir = scandir(FLAPPING, "exit", { "max-death-tally": "4096\n" });
    const group = makeGroup("cpu");
    const usage = () => group?.usage() ?? 0;
    const tree = new Tree(suite, dir, FLAPPING, group === undefined ? [] : [group]);
    await sleep(3000);
    const [cpu, all, deaths] = [tree.cpu(), usage(), deathsIn(dir)];
    await sleep(FLAP_MS);
    const perRestart = (seconds) => (seconds * 1000) / (deathsIn(dir) - deaths);
    const result = { cpuMs: perRestart(tree.cpu() - cpu), allMs: perRestart(usage() - all) };
    await tree.stop();
    group?.remove();
    return result;
  });
  const whole = (results, figure, target) =>
    results.with[0].allMs === 0 ? { figure, unit: "ms", target, unavailable: "no cpu cgroup" } : compared(results, figure, target, ({ allMs }) => allMs);
  return [
    compared(bringUp, `journal: bring-up of ${count}, wall`, 1.1, ({ upMs }) => upMs),
    compared(bringUp, "journal: CPU of the tree per bring-up", null, ({ cpuMs }) => cpuMs),
    whole(bringUp, "the same with forks, execs and the services", null),
    compared(flapping, "journal: CPU of the tree per restart", 1.1, ({ cpuMs }) => cpuMs),
    whole(flapping, "the same with forks, execs and the services", null),
  ];
}
