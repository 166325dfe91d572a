import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { formatTain, tainFromUnix } from "../../src/formats/tain.ts";
import { c, makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN, ours, startOurs } from "../support/executables.ts";
import { eventually, scan } from "./svscan-tree.ts";

const BASE = 1_790_000_000;
const stamp = (seconds: number): string => formatTain(tainFromUnix(BASE + seconds, 0));
const view = (...words: string[]): string[] => ours("s6-logview", ...words).stdout.split("\n").slice(0, -1);
const texts = (...words: string[]): string[] => view(...words).map((line) => line.replace(/^\S+ \S+ {2}/, ""));

function logdir(files: Readonly<Record<string, string>>): string {
  const dir = join(makeTempDirectory(), "main");
  mkdirSync(dir);
  for (const [name, text] of Object.entries({ lock: "", current: "", ...files })) writeFileSync(join(dir, name), text);
  return dir;
}

describe("s6-logview", () => {
  const files = {
    [`${stamp(20)}.s`]: `${stamp(10)} ten\n${stamp(20)} twenty\n`,
    [`${stamp(9)}.u`]: `${stamp(1)} one\n  more of one\n`,
    current: `${stamp(40)} forty\n`,
    previous: `${stamp(30)} thirty\n`,
  };

  test("prints archives and current in order, with local times or stamps", () => {
    const dir = logdir(files);
    expect(view("-T", dir)).toEqual([`${stamp(1)}  one`, `${stamp(1)}    more of one`, `${stamp(10)}  ten`, `${stamp(20)}  twenty`, `${stamp(30)}  thirty`, `${stamp(40)}  forty`]);
    expect(view(dir)[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}one$/);
  });

  test("prints a part: of a time, or the last lines", () => {
    const dir = logdir(files);
    expect(texts("--since", stamp(10), "--until", stamp(30), dir)).toEqual(["ten", "twenty", "thirty"]);
    expect(texts("-n", "2", dir)).toEqual(["thirty", "forty"]);
    expect(texts("-n0", dir)).toEqual([]);
  });

  test("merges several by their stamps", () => {
    const other = logdir({ current: `${stamp(5)} five\n${stamp(35)} thirty-five\n` });
    const both = texts(logdir(files), other);
    expect(both).toEqual(["one", "  more of one", "five", "ten", "twenty", "thirty", "thirty-five", "forty"]);
  });

  test("refuses what is no logdir", () => {
    expect(ours("s6-logview", makeTempDirectory())).toMatchObject({ exitCode: 111, stderr: expect.stringContaining("is no logdir of s6-log") });
    expect(ours("s6-logview", "--since", "yesterday", logdir({}))).toMatchObject({ exitCode: 100 });
    expect(ours("s6-logview")).toMatchObject({ exitCode: 100 });
  });

  test("follows through rotations and loses no line", async () => {
    const dir = makeTempDirectory();
    const logger = spawn(join(OUR_BIN, "s6-log"), ["n1000", "s4096", "l0", "t", "./d"], { cwd: dir, stdio: ["pipe", "ignore", "inherit"] });
    onTestFinished(() => void logger.kill("SIGKILL"));
    logger.stdin?.write("before\n");
    await eventually(() => spawnSync("cat", [join(dir, "d", "current")], { encoding: "utf8" }).stdout).toContain("before");
    const follower = startOurs("s6-logview", "--follow", join(dir, "d"));
    let heard = "";
    follower.process.stdout?.on("data", (text: string) => void (heard += text));
    await eventually(() => heard).toContain("before");
    for (let block = 0; block < 20; block++) {
      logger.stdin?.write(Array.from({ length: 100 }, (_, index) => `line ${block * 100 + index}\n`).join(""));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await eventually(() => heard).toContain("line 1999\n");
    const lines = heard.split("\n").slice(0, -1).map((line) => line.replace(/^\S+ \S+ {2}/, ""));
    expect(lines).toEqual(["before", ...Array.from({ length: 2000 }, (_, index) => `line ${index}`)]);
  });

  test("shows what happened to the service between its lines", async () => {
    const tree = await scan({
      "a/run": "#!/bin/sh\nexec 2>&1\necho hello\nexec sleep 1000\n",
      "a/log/run": "#!/bin/sh\nexec s6-log t ./main\n",
    });
    tree.up("a");
    await eventually(() => texts(tree.path("a"))).toContain("hello");
    c("s6-svc", "-r", tree.path("a"));
    await eventually(() => texts("-e", tree.path("a")).slice(0, 5)).toEqual([
      "--- supervisor started", "--- started: the supervisor started", "hello", "--- s6-svc -r: restart: send the down signal", "--- was killed by SIGTERM, as it was told",
    ]);
    expect(texts(tree.path("a", "log", "main"))[0]).toBe("hello");
  });
});
