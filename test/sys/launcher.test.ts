import { spawn } from "node:child_process";
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseLaunch } from "../../src/sys/launch.ts";
import { collect, install, makeTempDirectory, plainEnvironment, runProcess } from "./fixture-process.ts";

/** What a shell command line starts through launcher, node and execve. `$PROG` is the program. */
async function shell(script: string, environment: Record<string, string> = {}) {
  const PROG = await install("some-program", "exec-args");
  return runProcess("/bin/sh", ["-c", script], { env: plainEnvironment({ PROG, ...environment }) });
}

const field = (status: string, name: string): string | undefined =>
  status.split("\n").find((line) => line.startsWith(`${name}:`))?.split("\t")[1];

describe("what a program started through launcher, node and execve finds", () => {
  test("ignored signals are still ignored, SIGPIPE and the others are not", async () => {
    const { stdout } = await shell(`trap "" HUP USR2 PIPE; exec "$PROG" "" -- cat /proc/self/status`);
    expect(field(stdout, "SigIgn")).toBe("0000000000000801"); // bits 0 (HUP) and 11 (USR2)
    expect(field(stdout, "SigBlk")).toBe("0000000000000000");
    expect(field(stdout, "SigCgt")).toBe("0000000000000000");
  });

  test("with nothing ignored, nothing is", async () => {
    const { stdout } = await shell(`exec "$PROG" "" -- cat /proc/self/status`);
    expect(field(stdout, "SigIgn")).toBe("0000000000000000");
  });

  test("descriptors that the caller left open are there, under their numbers, and no others", async () => {
    const file = join(makeTempDirectory(), "file");
    writeFileSync(file, "content");
    const through = `/bin/sh -c 'cat <&5; cat <&9; ls /proc/$$/fd' 2>&1`;
    const opened = `exec 5<"$FILE" 9<"$FILE"`;
    const { stdout } = await shell(`${opened}; "$PROG" "" -- ${through}`, { FILE: file });
    const direct = await shell(`${opened}; ${through}`, { FILE: file });
    expect(stdout).toMatch(/^contentcontent0\n1\n/);
    expect(stdout).toBe(direct.stdout);
  });

  test("a descriptor beyond the first hole is there, too", async () => {
    const program = await install("some-program", "exec-args");
    const fd = openSync("/proc/self/status", "r");
    const stdio = Array.from({ length: 41 }, (_, index) => (index === 40 ? fd : index < 3 ? "pipe" : "ignore"));
    stdio[0] = "ignore";
    const ended = collect(spawn(program, ["", "--", "head", "-n1", "/proc/self/fd/40"], { stdio: stdio as never }));
    closeSync(fd);
    expect((await ended).stdout).toMatch(/^Name:/);
  });

  test("descriptors that were closed are closed", async () => {
    const { stdout } = await shell(`"$PROG" "" -- ls -l /proc/self/fd <&-`);
    expect(stdout).not.toMatch(/ 0 -> \/dev\/null/);
    const all = await shell(`"$PROG" "" -- ls -l /proc/self/fd </dev/null`);
    expect(all.stdout).toMatch(/ 0 -> \/dev\/null/);
  });

  test("the soft limit of open files is the caller's", async () => {
    const { stdout } = await shell(`ulimit -Sn 123; "$PROG" "" -- /bin/sh -c 'ulimit -Sn; ulimit -Hn'; ulimit -Hn`);
    const [soft, hard, expected] = stdout.split("\n");
    expect(soft).toBe("123");
    expect(hard).toBe(expected);
  });

  test("argv and the environment are the caller's, to the byte where they are texts", async () => {
    const odd = "a;b%c\n=\t\u00e4 d";
    const { stdout } = await shell(`exec "$PROG" "odd name" -- cat /proc/self/environ /proc/self/cmdline`, {
      NODE_OPTIONS: "--no-warnings --title=x",
      NODE_EXTRA_CA_CERTS: odd,
      LC_ODD: odd,
    });
    const words = stdout.split("\0");
    expect(words).toContain("NODE_OPTIONS=--no-warnings --title=x");
    expect(words).toContain(`NODE_EXTRA_CA_CERTS=${odd}`);
    expect(words).toContain(`LC_ODD=${odd}`);
    expect(words.filter((word) => word.startsWith("S6_ACTORS_LAUNCH"))).toEqual([]);
    expect(words).toContain("odd name");
  });
});

describe("the launcher", () => {
  test("is found through a symbolic link in another directory", async () => {
    const program = await install("some-program", "exec-args");
    const link = join(makeTempDirectory(), "link-to-it");
    symlinkSync(program, link);
    expect((await runProcess(link, ["", "--", "echo", "here"])).stdout).toBe("here\n");
  });

  test("takes the node of S6_ACTORS_NODE, and says when there is none", async () => {
    const program = await install("some-program", "exec-args");
    const { exitCode, stderr } = await runProcess(program, [], {
      env: plainEnvironment({ S6_ACTORS_NODE: "/nonexistent/node" }),
    });
    expect(exitCode).toBe(127);
    expect(stderr).toBe("some-program: fatal: unable to find node: No such file or directory\n");
  });

  test("takes node from PATH when the recorded one is gone", async () => {
    const program = await install("some-program", "exec-args");
    const other = makeTempDirectory();
    mkdirSync(join(other, "bin"));
    mkdirSync(join(other, "dist", "bin"), { recursive: true });
    copyFileSync(program, join(other, "bin", "prog"));
    writeFileSync(join(other, "dist", "bin", "prog.cjs"), "console.log(process.argv0, process.execArgv.length)");
    const PATH = `/nonexistent:${dirname(process.execPath)}`;
    const { stdout } = await runProcess(join(other, "bin", "prog"), [], { env: plainEnvironment({ PATH }) });
    expect(stdout).toBe("prog 0\n");
  });

  test("runs the two programs that live for months with a small heap and without the optimizing compiler", async () => {
    const program = await install("s6-supervise", "exec-args");
    const script = join(dirname(dirname(program)), "dist", "bin", "s6-supervise.cjs");
    writeFileSync(script, "console.log(process.execArgv.join())");
    expect((await runProcess(program, [])).stdout).toBe("--max-semi-space-size=1,--no-opt\n");
  });

  test("a package without its native part ends with 111, which no program means by anything else", async () => {
    const program = await install("some-program", "exec-args");
    rmSync(join(dirname(dirname(program)), "dist", "native")); // a link
    const { exitCode, stderr } = await runProcess(program, []);
    expect(stderr).toMatch(/^some-program: fatal: unable to load .*addon\.node: it is missing, run npm run build\n$/);
    expect(exitCode).toBe(111);
  });

  test("notes the whole state in one variable", async () => {
    const program = await install("some-program", "exec-args");
    const script = join(dirname(dirname(program)), "dist", "bin", "some-program.cjs");
    writeFileSync(script, "require('fs').writeSync(2, process.env.S6_ACTORS_LAUNCH)");
    const { stderr } = await runProcess("/bin/sh", [
      "-c", `ulimit -Sn 200; trap "" TERM; exec "${program}" 7</dev/null <&- >&-`,
    ]);
    expect(parseLaunch(stderr)).toMatchObject({
      softNofile: 200, ignored: [15], blocked: [], closed: [0, 1], argv0: program, argv0Bytes: program, environment: {},
    });
    expect(parseLaunch(stderr)?.inherited).toContain(7);
    expect(parseLaunch("2;nonsense")).toBeUndefined();
  });

  test("is every program of the package, under its name", () => {
    const root = join(import.meta.dirname, "..", "..");
    const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: Record<string, string> };
    const launcher = readFileSync(join(root, "dist", "native", "launcher"));
    expect(Object.keys(bin)).not.toEqual([]);
    for (const path of Object.values(bin)) expect(readFileSync(join(root, path)).equals(launcher), path).toBe(true);
  });
});
