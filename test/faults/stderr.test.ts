import { closeSync, constants, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { IDLE, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { theirs } from "../support/executables.ts";
import { eventually, scan } from "../interop/svscan-tree.ts";

const { O_NONBLOCK, O_RDWR, O_WRONLY } = constants;
const PAGE = Buffer.alloc(4096, "x");

interface StuckPipe {
  /** Blocking, as a service gets it. */
  readonly writeEnd: number;
  /** Everything that waits in it. */
  drain(): string;
}

/** A pipe that holds all it can, and that nobody reads. */
function stuckPipe(): StuckPipe {
  const path = join(makeTempDirectory(), "stderr");
  expect(theirs("mkfifo", path).exitCode).toBe(0);
  const readEnd = openSync(path, O_RDWR | O_NONBLOCK);
  const writeEnd = openSync(path, O_WRONLY);
  onTestFinished(() => [readEnd, writeEnd].forEach((fd) => void closeSync(fd)));
  untilFull(() => writeSync(readEnd, PAGE));
  return {
    writeEnd,
    drain() {
      const pages: Buffer[] = [];
      untilFull(() => {
        const page = Buffer.alloc(PAGE.length);
        pages.push(page.subarray(0, readSync(readEnd, page)));
      });
      return Buffer.concat(pages).toString().replace(/^x+/, "");
    },
  };
}

/** Or empty. */
function untilFull(action: () => void): void {
  try {
    for (;;) action();
  } catch (error) {
    expect(error).toMatchObject({ code: "EAGAIN" });
  }
}

test("a stderr that is full stops nothing, and a later line tells how many were lost", async () => {
  const stderr = stuckPipe();
  const tree = await scan({ "it/run": IDLE }, { stdio: ["ignore", stderr.writeEnd] });
  tree.up("it");
  const it = tree.path("it");
  const sayNonsense = (): void => writeFileSync(tree.path(".s6-svscan", "control"), "?");

  for (const _lost of [1, 2, 3]) sayNonsense();
  writeFileSync(join(it, "notification-fd"), "0\n"); // the supervisor complains at each start
  for (const _start of [1, 2]) untilHeard(it, "d.*u", "s6-svc", "-k", it);
  writeTree(tree.scandir, { "new/run": IDLE });
  tree.control("a");
  tree.up("it", "new"); // so the nonsense before it has been read, too
  expect(stderr.drain()).toBe("");

  sayNonsense();
  let said = "";
  await eventually(() => (said += stderr.drain())).toContain("unknown control byte");
  expect(said).toMatch(/^\(3 lines dropped here: stderr was full\)\ns6-svscan: warning: unknown control byte: \?\n$/);
  untilHeard(it, "d.*u", "s6-svc", "-k", it);
  said = "";
  await eventually(() => (said += stderr.drain())).toContain("hint: notification-fd");
  expect(said).toMatch(/^\(2 lines dropped here: stderr was full\)\ns6-supervise it: warning: invalid notification-fd\ns6-supervise it: hint: notification-fd is 0.*\n$/);
});
