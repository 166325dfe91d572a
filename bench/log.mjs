// s6-log: 200 MB from a pipe to a logdir in memory; what counts is how fast, and how much CPU.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { C_BIN, median, OUR_BIN } from "./trees.mjs";

const MEGABYTES = 200;
const SCRIPTS = {
  "T": ["T", "./d"],
  "t": ["t", "./d"],
  "no stamp": ["./d"],
  "two directories": ["./d", "./e"],
  "deselects all but 1 %": ["-", "+^.{20}7{2}", "./d"],
  "an expression that keeps all": ["-", "+^[0-9a-f]", "./d"],
};

/** Lines of that many bytes that are not all alike. */
function makeInput(path, lineBytes) {
  const lines = Array.from({ length: 1000 }, (_, index) => `${String(index * 7919 % 100_000).padStart(22, "0")}${"abcdefghij".repeat(lineBytes / 10)}`.slice(0, lineBytes - 1));
  const block = Buffer.from(`${lines.join("\n")}\n`);
  writeFileSync(path, Buffer.concat(Array.from({ length: Math.round((MEGABYTES * 1e6) / block.length) }, () => block)));
}

function run(bin, words, input) {
  const dir = mkdtempSync("/dev/shm/s6-log-bench-");
  try {
    const script = 'TIMEFORMAT="%R %U %S"; cat "$0" | { time "$@" ; }';
    const { stderr, status } = spawnSync("bash", ["-c", script, input, join(bin, "s6-log"), "n2", "s10000000", ...words], { cwd: dir, encoding: "utf8" });
    const [wall = 0, user = 0, system = 0] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
    if (status !== 0 || wall === 0) throw new Error(`s6-log failed: ${stderr}`);
    return { wall, cpu: user + system };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export async function log(rounds) {
  const figures = [];
  const place = mkdtempSync("/dev/shm/s6-log-input-");
  try {
    for (const lineBytes of [100, 1000]) {
      const input = join(place, String(lineBytes));
      makeInput(input, lineBytes);
      for (const [name, words] of Object.entries(SCRIPTS)) {
        const results = { c: [], ours: [] };
        for (let round = 0; round < rounds; round++) {
          results.c.push(run(C_BIN, words, input));
          results.ours.push(run(OUR_BIN, words, input));
        }
        for (const what of ["wall", "cpu"]) {
          const raw = { c: results.c.map((result) => result[what] * 1000), ours: results.ours.map((result) => result[what] * 1000) };
          figures.push({ figure: `s6-log, ${lineBytes} bytes, ${name}: ${what}`, unit: "ms", target: 0.5, c: median(raw.c), ours: median(raw.ours), raw });
        }
      }
    }
  } finally {
    rmSync(place, { recursive: true });
  }
  return figures;
}
