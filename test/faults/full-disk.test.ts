import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { IDLE, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { fill, makeRoom, mountDisk, NO_ROOM } from "../support/disk.ts";
import { startOurs, theirs } from "../support/executables.ts";
import { processesIn } from "../support/processes.ts";
import { eventually, isSupervised, pidOf, scanIn, waitForUp } from "../interop/svscan-tree.ts";

const NOT_WRITTEN = `s6-supervise it: warning: unable to write supervise/status: ${NO_ROOM}`;

const statusOf = (dir: string): Buffer => readFileSync(join(dir, "supervise", "status"));
/** One death, one start. */
const kill = (dir: string): void => untilHeard(dir, "d.*u", "s6-svc", "-k", dir);

/** The status says what is true, and Debian's s6-svstat reads it. */
function expectTruth(dir: string): void {
  const [pid] = processesIn(dir);
  expect(theirs("s6-svstat", "-o", "up,wantedup,pid", dir)).toMatchObject({ exitCode: 0, stdout: `true true ${pid}\n` });
}

const places = [
  { lies: "its supervise/", below: "supervise" },
  { lies: "the whole service directory", below: "" },
];

describe.each(places)("a disk that is full, with $lies on it", ({ below }) => {
  test("stops no restart, spoils no status, and is forgotten at the first transition with room", async () => {
    const scandir = makeTempDirectory();
    const dir = join(scandir, "it");
    const disk = below === "" ? dir : makeTempDirectory();
    mountDisk(disk, 6);
    writeTree(scandir, { "it/run": IDLE, "other/run": IDLE });
    if (below !== "") symlinkSync(disk, join(dir, below));
    const tree = await scanIn(scandir);
    tree.up("it", "other");

    fill(disk);
    const before = statusOf(dir);
    const first = processesIn(dir);
    for (const _death of [1, 2]) kill(dir);
    await eventually(() => tree.stderr()).toContain(NOT_WRITTEN);
    expect(processesIn(dir)).toHaveLength(1);
    expect(processesIn(dir)).not.toEqual(first);
    expect(statusOf(dir)).toEqual(before);
    expect(readdirSync(join(dir, "supervise")).filter((name) => name.endsWith(".new"))).toEqual([]);
    kill(tree.path("other"));
    expectTruth(tree.path("other"));

    makeRoom(disk);
    kill(dir);
    expectTruth(dir);
    expect(statusOf(dir)).toHaveLength(before.length);
    expect(theirs("s6-svdt", dir).stdout).toMatch(/signal SIGKILL\n$/);
  });
});

describe("a disk that is full from the beginning", () => {
  test("lets a standalone s6-supervise run its service, though nobody can read how it is", async () => {
    const dir = makeTempDirectory();
    mountDisk(join(dir, "supervise"), 4);
    writeTree(dir, { run: IDLE });
    fill(join(dir, "supervise"));
    const { ended, process } = startOurs("s6-supervise", dir);
    await eventually(() => isSupervised(dir) && processesIn(dir).filter((pid) => pid !== process.pid).length).toBe(1);
    makeRoom(join(dir, "supervise"));
    kill(dir);
    expect(pidOf(dir)).not.toBe(-1);
    process.kill("SIGTERM");
    expect(await ended).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(NO_ROOM) as unknown });
  });

  test("lets s6-svscan start its services, without a journal and without a ledger", async () => {
    const scandir = makeTempDirectory();
    mountDisk(join(scandir, ".s6-svscan"), 4);
    writeTree(scandir, { "it/run": IDLE });
    fill(join(scandir, ".s6-svscan"));
    const tree = await scanIn(scandir);
    waitForUp(tree.path("it"));
    await eventually(() => tree.stderr()).toContain("s6-svscan: warning: unable to ");
    expect(tree.stderr()).toContain(NO_ROOM);
    kill(tree.path("it"));
    expectTruth(tree.path("it"));
  });
});
