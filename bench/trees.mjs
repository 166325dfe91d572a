// Trees of N services of a static program, under Debian's C s6 and under ours, and what /proc tells of them.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

delete process.env.NODE_EXTRA_CA_CERTS; // costs every start of Node 25 ms
export const OUR_BIN = join(dirname(dirname(fileURLToPath(import.meta.url))), "bin");
export const C_BIN = "/usr/bin";
export const SUITES = {
  c: { bin: C_BIN, svscan: (max, dir) => [join(C_BIN, "s6-svscan"), "-c", String(max), dir], names: ["s6-svscan", "s6-supervise"] },
  ours: { bin: OUR_BIN, svscan: (max, dir) => [join(OUR_BIN, "s6-svscan"), "-C", String(max), dir], names: ["s6-svscan"] },
  unjournalled: { bin: OUR_BIN, svscan: (max, dir) => [join(OUR_BIN, "s6-svscan"), "-J", "-C", String(max), dir], names: ["s6-svscan"] },
};

const base = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "s6-bench-"));
process.on("exit", () => rmSync(base, { recursive: true, force: true }));

const PROGRAMS = {
  pause: "int main(void) { for (;;) pause(); }",
  ready: 'int main(void) { write(3, "\\n", 1); for (;;) pause(); }',
  hello: 'int main(void) { write(1, "hello\\n", 6); for (;;) pause(); }',
  exit: "int main(void) { return 0; }",
  once: 'int main(void) { write(1, "hello\\n", 6); return 0; }',
};
const compiled = new Map();

/** A static program: what it costs to start is the kernel's price and nothing else. */
export function program(name) {
  if (!compiled.has(name)) {
    const path = join(base, name);
    writeFileSync(`${path}.c`, `#include <unistd.h>\n${PROGRAMS[name]}\n`);
    execFileSync("gcc", ["-O2", "-static", "-o", path, `${path}.c`]);
    compiled.set(name, path);
  }
  return compiled.get(name);
}

/** A directory that the benchmark removes. */
export const directory = (name) => mkdtempSync(join(base, name));

/** A new scan directory with services s1 … sN; `files` are written into each. */
export function scandir(count, name, files = {}) {
  const dir = mkdtempSync(join(base, "scan-"));
  for (let index = 1; index <= count; index++) {
    const service = join(dir, `s${index}`);
    mkdirSync(service);
    try {
      linkSync(program(name), join(service, "run"));
    } catch {
      copyFileSync(program(name), join(service, "run"));
    }
    for (const [file, text] of Object.entries(files)) writeFileSync(join(service, file), text);
  }
  return dir;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export function pidIn(service) {
  try {
    const status = readFileSync(join(service, "supervise", "status"));
    return (status[34] & 2) === 0 ? Number(status.readBigUInt64BE(24)) : 0;
  } catch {
    return 0;
  }
}

/** Until `look` is true for all services: a few are looked at often, then all. */
export async function until(dir, count, look) {
  const some = [1, Math.ceil(count / 5), Math.ceil(count / 3), Math.ceil(count / 2), count];
  const isTrue = (index) => look(join(dir, `s${index}`));
  while (!some.every(isTrue)) await sleep(5);
  for (let index = 1; index <= count; index++) while (!isTrue(index)) await sleep(5);
}

export class Tree {
  /** `groups`: control groups, which it enters before it begins. */
  constructor(suite, dir, count, groups = [], options = { stdio: "ignore" }) {
    this.suite = SUITES[suite];
    this.dir = dir;
    this.count = count;
    const enter = groups.map(({ entry }) => `echo $$ > ${entry}; `).join("");
    const command = this.suite.svscan(Math.max(1000, 2 * count), dir);
    this.startedMs = performance.now();
    this.process = spawn("/bin/sh", ["-c", `${enter}exec "$@"`, "sh", ...command], options);
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
  }

  async up() {
    await until(this.dir, this.count, (service) => pidIn(service) !== 0);
    return performance.now() - this.startedMs;
  }

  /** Until s6-svscan is gone, ms. */
  async stop() {
    const fromMs = performance.now();
    spawnSync(join(C_BIN, "s6-svscanctl"), ["-t", this.dir]);
    const code = await this.ended;
    const ms = performance.now() - fromMs;
    if (code !== 0) throw new Error(`${this.suite.bin}/s6-svscan ended with ${code}`);
    rmSync(this.dir, { recursive: true, force: true });
    return ms;
  }

  /** s6-svscan, and its s6-supervise processes where there are any. */
  pids() {
    const own = [this.process.pid];
    if (this.suite.bin === OUR_BIN) return own;
    const children = readFileSync(`/proc/${own[0]}/task/${own[0]}/children`, "utf8").trim().split(" ").filter(Boolean);
    return own.concat(children.map(Number));
  }

  /** CPU seconds that the supervision processes have used, all threads. */
  cpu() {
    return this.#sum((pid) => readdirSync(`/proc/${pid}/task`)
      .reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e9, 0));
  }

  switches() {
    return this.#sum((pid) => readdirSync(`/proc/${pid}/task`)
      .reduce((sum, task) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/task/${task}/status`, "utf8"))[1]), 0));
  }

  /** MB of one field of smaps_rollup. */
  memory(field) {
    return this.#sum((pid) => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]) / 1024);
  }

  #sum(of) {
    return this.pids().reduce((sum, pid) => sum + of(pid), 0);
  }
}
