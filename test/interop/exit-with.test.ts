import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { c, untilHeard } from "../support/c-tree.ts";
import { ours, theirs } from "../support/executables.ts";
import { AS_PID_1, eventually, IDLE, isSupervised, read, scan, scanIn, type Scan } from "./svscan-tree.ts";

/** Runs until the test says go. */
const until = (end: string): string => `#!/bin/sh\nuntil [ -e go ]; do sleep 0.02; done\n${end}\n`;
const app = (end: string, more: Readonly<Record<string, string>> = {}) =>
  ({ "app/run": until(end), "db/run": IDLE, ".s6-svscan/exit-with": "app\n", ...more });
const go = (tree: Scan): void => writeFileSync(tree.path("app", "go"), "");
/** A command that is not taken in before a tree is killed is lost, in s6 too. */
async function once(tree: Scan): Promise<void> {
  c("s6-svc", "-O", tree.path("app"));
  await eventually(() => theirs("s6-svstat", "-o", "wantedup", tree.path("app")).stdout).toBe("false\n");
}

const ENDS = [["exit 7", 7], ["exit 0", 0], ["kill -KILL $$", 137]] as const;

describe.for([{ who: "process N", before: [] }, { who: "process 1", before: AS_PID_1 }])("as $who", ({ before }) => {
  test.for(ENDS)("`%s` of a service that is not restarted ends the tree, with %i", async ([end, code]) => {
    const tree = await scan(app(end), { before });
    tree.up("app", "db");
    await once(tree);
    go(tree);
    const ended = await tree.ended;
    expect(ended).toMatchObject({ exitCode: code, signal: null });
    expect(ended.stderr).toMatch(new RegExp(`^s6-svscan: info: ends with ${code}, as app did; \\w+ took longest to stop: \\d+ ms$`, "m"));
    expect(ours("s6-svhistory", tree.scandir).stdout).toMatch(new RegExp(`s6-svscan: the tree ends with ${code}, as app did; \\w+ took longest`));
    expect(ours("s6-svhistory", tree.path("app")).stdout).not.toContain("the tree");
  });

  test("finish gets code and name", async () => {
    const tree = await scan(app("exit 9", { ".s6-svscan/finish": '#!/bin/sh\necho "$$ $*" >told\nexit 4\n' }), { before });
    tree.up("app");
    await once(tree);
    go(tree);
    expect(await tree.ended).toMatchObject({ exitCode: 4 });
    expect(read(tree.path("told"))).toBe(`${before.length > 0 ? 1 : tree.pid} 9 app\n`);
  });
});

describe("which end it is", () => {
  test("a service that is restarted goes on, and one that is brought down too; -d after its own end is an end", async () => {
    const tree = await scan(app("exit 5"));
    tree.up("app", "db");
    const dir = tree.path("app");
    untilHeard(dir, "D.*u", "s6-svc", "-k", dir);
    untilHeard(dir, "D", "s6-svc", "-d", dir);
    expect(isSupervised(tree.path("db"))).toBe(true);
    writeFileSync(`${dir}/finish`, "#!/bin/sh\necho >ended\nuntil [ -e on ]; do sleep 0.02; done\n", { mode: 0o755 });
    writeFileSync(`${dir}/timeout-finish`, "0\n");
    untilHeard(dir, "u", "s6-svc", "-u", dir);
    go(tree);
    await eventually(() => read(`${dir}/ended`)).toBe("\n");
    c("s6-svc", "-d", dir);
    writeFileSync(`${dir}/on`, "");
    expect(await tree.ended).toMatchObject({ exitCode: 5 });
  });

  test("finish that exits 125", async () => {
    const tree = await scan(app("exit 6", { "app/finish": "#!/bin/sh\nexit 125\n" }));
    tree.up("app");
    go(tree);
    expect(await tree.ended).toMatchObject({ exitCode: 6 });
  });

  test("first: the first end, though it would be restarted", async () => {
    const tree = await scan(app("exit 8", { ".s6-svscan/exit-with": "first app\n" }), { args: ["-J"] });
    tree.up("app");
    go(tree);
    expect(await tree.ended).toMatchObject({ exitCode: 8 });
  });

  test("an end of the tree that somebody asked for has the code that it has in s6", async () => {
    const tree = await scan(app("exit 8"));
    tree.up("app");
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("the file may come later, and names nobody: a warning", async () => {
    const tree = await scan({ ...app("exit 3"), ".s6-svscan/exit-with": "\n" });
    tree.up("app", "db");
    await eventually(() => tree.stderr()).toContain(".s6-svscan/exit-with, skipping it: it names no service");
    rmSync(tree.path(".s6-svscan", "exit-with"));
    writeFileSync(tree.path(".s6-svscan", "exit-with"), "first db");
    expect(theirs("s6-svscanctl", "-a", tree.scandir).exitCode).toBe(0);
    await eventually(() => {
      theirs("s6-svc", "-k", tree.path("db")); // it may come before the scan
      return tree.stderr();
    }).toContain("as db did");
    expect(await tree.ended).toMatchObject({ exitCode: 137 });
  });

  test("a tree that is killed while finish runs: the next one ends with what run said", async () => {
    const first = await scan(
      app("exec >/dev/null 2>&1\nexit 11", { "app/finish": "#!/bin/sh\nexec >/dev/null 2>&1\necho >ended\nuntil [ -e on ]; do sleep 0.02; done\n", "app/timeout-finish": "0\n", "db/run": "#!/bin/sh\nexec sleep 1000 >/dev/null 2>&1\n" }),
    );
    first.up("app", "db");
    await once(first);
    go(first);
    await eventually(() => read(first.path("app", "ended"))).toBe("\n");
    process.kill(first.pid, "SIGKILL");
    await first.ended;
    const second = await scanIn(first.scandir, { unlike: ["supervise/death_tally"] }); // the journal lacks the last millisecond
    writeFileSync(second.path("app", "on"), "");
    expect(await second.ended).toMatchObject({ exitCode: 11 });
  });
});
