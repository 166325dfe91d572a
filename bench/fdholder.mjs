// The fd-holder: what a request takes over one connection, one after the other, and the CPU of the daemon for it. Client and daemon
// share a processor, or have one each: left to the scheduler, a round is the one or the other by luck, and eight times as long.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { C_BIN, directory, median, OUR_BIN, sleep } from "./trees.mjs";

/** Processors of the daemon and of the client, and requests. */
const PLACES = { "one processor": { daemon: "0", client: "0", count: 150_000 }, "two processors": { daemon: "1", client: "0", count: 40_000 } };
const BINS = { c: C_BIN, ours: OUR_BIN };

function compiledClient(dir) {
  const path = join(dir, "client");
  execFileSync("gcc", ["-O2", "-o", path, join(dirname(fileURLToPath(import.meta.url)), "fdholder-client.c")]);
  return path;
}

function writeRules(dir) {
  mkdirSync(join(dir, "rules", "uid", "self", "env"), { recursive: true });
  writeFileSync(join(dir, "rules", "uid", "self", "allow"), "");
  for (const right of ["STORE_REGEX", "RETRIEVE_REGEX"]) writeFileSync(join(dir, "rules", "uid", "self", "env", `S6_FDHOLDER_${right}`), "^service:\n");
}

/** The processor time of a process, in ms. */
function cpuOf(pid) {
  const [, user, system] = /\) (?:\S+ ){11}(\d+) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, "latin1"));
  return (Number(user) + Number(system)) * 10;
}

async function measure(suite, client, dir, held, place) {
  const path = join(dir, `${suite}-${held}`);
  const daemon = spawn("taskset", ["-c", place.daemon, join(C_BIN, "s6-ipcserver-socketbinder"), "--", path, join(BINS[suite], "s6-fdholderd"), "-n", "2000", "-i", join(dir, "rules")], { stdio: "inherit" });
  while (!existsSync(path)) await sleep(5);
  try {
    await sleep(300);
    const before = cpuOf(daemon.pid);
    const ns = Number(execFileSync("taskset", ["-c", place.client, client, path, String(held), String(place.count)], { encoding: "utf8" }));
    return { us: ns / 1000, cpu: ((cpuOf(daemon.pid) - before) * 1000) / place.count };
  } finally {
    daemon.kill("SIGKILL");
    await new Promise((resolve) => daemon.once("exit", resolve));
  }
}

export async function fdholder(rounds) {
  const dir = directory("fdholder-");
  const client = compiledClient(dir);
  writeRules(dir);
  const figures = [];
  for (const [name, held] of [["store and take back", 0], ["retrieve, 1000 held", 1000]]) {
    for (const [where, place] of Object.entries(PLACES)) {
      const results = { c: [], ours: [] };
      for (let round = 0; round < rounds; round++) for (const suite of ["c", "ours"]) results[suite].push(await measure(suite, client, dir, held, place));
      for (const [what, text, target] of [["us", "a request", 1], ["cpu", "its CPU in the daemon", null]]) {
        const raw = { c: results.c.map((result) => result[what]), ours: results.ours.map((result) => result[what]) };
        figures.push({ figure: `s6-fdholderd, ${name}, ${where}: ${text}`, unit: "us", target, c: median(raw.c), ours: median(raw.ours), raw });
      }
    }
  }
  return figures;
}
