// What it takes to come back: the tree was killed, or becomes a new version of itself. Against its own bring-up; C s6
// has neither. Every supervisor writes its status when it has taken its service over: that is looked at.
import { spawn, spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { median, OUR_BIN, scandir, sleep, Tree, until } from "./trees.mjs";

const COUNT = 1000;

export async function recovery(rounds) {
  const times = { up: [], adopt: [], reexec: [] };
  for (let round = 0; round < rounds; round++) {
    const tree = new Tree("ours", scandir(COUNT, "pause"), COUNT);
    times.up.push(await tree.up());
    await sleep(1500);
    const takenOver = async (action) => {
      const sinceMs = Date.now();
      const fromMs = performance.now();
      await action();
      await until(tree.dir, COUNT, (service) => statSync(join(service, "supervise", "status")).mtimeMs >= sinceMs);
      return performance.now() - fromMs;
    };
    times.reexec.push(await takenOver(() => spawnSync(join(OUR_BIN, "s6-svscanctl"), ["--reexec", tree.dir])));
    await sleep(1500);
    tree.process.kill("SIGKILL");
    await tree.ended;
    times.adopt.push(await takenOver(() => {
      const [command, ...args] = tree.suite.svscan(2 * COUNT, tree.dir);
      tree.process = spawn(command, args, { stdio: "ignore" });
      tree.ended = new Promise((resolve) => tree.process.once("exit", resolve));
    }));
    await tree.stop();
  }
  const against = (raw, target, figure) =>
    ({ figure, unit: "ms", target, c: median(times.up), ours: median(raw), raw: { c: times.up, ours: raw } });
  return [
    against(times.adopt, 1, `kill -9, restart: ${COUNT} taken over (against bring-up)`),
    against(times.reexec, 0.5, `--reexec: ${COUNT} taken over (against bring-up)`),
  ];
}
