// What a super-server and an fd-holder cost when there are hundreds of them: memory of all of them with what the kernel holds
// for them, and with the host that ours share. The same tree (ours) starts C's and ours, so that only the daemons differ.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeGroup } from "./cgroup.mjs";
import { C_BIN, median, OUR_BIN, program, scandir, sleep, Tree } from "./trees.mjs";

const DAEMONS = 500;
const BINS = { c: C_BIN, ours: OUR_BIN };
/** What C's binder starts on a socket of each. */
const KINDS = {
  "s6-ipcserverd": (bin) => `${join(bin, "s6-ipcserverd")} ${program("once")}`,
  "s6-fdholderd": (bin) => `${join(bin, "s6-fdholderd")} -i ./rules`,
};

/** Services that enter `entry` before they begin. */
function daemonScandir(command, entry) {
  const dir = scandir(0, "pause");
  for (let index = 1; index <= DAEMONS; index++) {
    const service = join(dir, `s${index}`);
    mkdirSync(join(service, "rules"), { recursive: true });
    writeFileSync(join(service, "run"), `#!/bin/sh\n${entry === undefined ? "" : `echo $$ > ${entry}\n`}exec ${join(C_BIN, "s6-ipcserver-socketbinder")} -- ./s ${command}\n`);
    chmodSync(join(service, "run"), 0o755);
  }
  return dir;
}

async function memoryOf(command) {
  const group = makeGroup("memory");
  if (group === undefined) return undefined;
  const dir = daemonScandir(command, group.entry);
  const tree = new Tree("ours", dir, 2 * DAEMONS);
  for (let index = 1; index <= DAEMONS; index++) while (!existsSync(join(dir, `s${index}`, "s"))) await sleep(5);
  await sleep(5000); // what a start takes for a moment is given back
  const memory = group.usage() / DAEMONS;
  await tree.stop();
  await sleep(3000); // the host lingers
  group.remove();
  return memory;
}

export async function hosted(rounds) {
  const figures = [];
  for (const [name, command] of Object.entries(KINDS)) {
    const raw = { c: [], ours: [] };
    for (let round = 0; round < rounds; round++) for (const suite of ["c", "ours"]) raw[suite].push(await memoryOf(command(BINS[suite])));
    const figure = `memory of each of ${DAEMONS} ${name}, kernel and host included`;
    if (raw.c.includes(undefined)) figures.push({ figure, unavailable: "no memory control group here" });
    else figures.push({ figure, unit: "KB", target: 1, c: median(raw.c), ours: median(raw.ours), raw });
  }
  return figures;
}
