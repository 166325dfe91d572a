import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { s6lint } from "../../src/cli/s6-lint.ts";
import { IDLE, makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { ours } from "../support/executables.ts";
import { runHere } from "../support/in-process.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** What is found in one service with these files, besides those: `PATH LEVEL ID`, paths below the service. */
function found(files: Readonly<Record<string, string>>, change: (dir: string) => void = () => undefined): string[] {
  const dir = join(makeTempDirectory(), "it");
  writeTree(dir, { run: IDLE, ...files });
  change(dir);
  return findings(dir);
}

function findings(dir: string): string[] {
  const { stdout } = runHere(s6lint, "-j", dir);
  const lines = stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Record<"path" | "level" | "id" | "text", string>);
  for (const { text } of lines) expect(text).not.toBe("");
  return lines.map(({ path, level, id }) => `${path.slice(dir.length + 1) || "."} ${level} ${id}`);
}

describe("s6-lint finds", () => {
  test.each<[string, Readonly<Record<string, string>>, string[]]>([
    ["nothing where nothing is wrong", { finish: "#!/bin/sh\n", "notification-fd": "3\n", "lock-fd": "4\n", "timeout-kill": "5000\n", "down-signal": "INT", "log/run": "#!/bin/sh\nexec s6-log t ./main\n", "data/x": "", "README": "" }, []],
    ["CR LF", { run: "#!/bin/sh\r\nexit\r\n" }, ["run error exec-crlf"]],
    ["no interpreter", { finish: "#!/nonexistent/sh\n" }, ["finish error exec-interpreter"]],
    ["no #!", { run: "exec foo\n" }, ["run error exec-mode"]],
    ["env with arguments", { run: "#!/usr/bin/env sh -e\nexec foo\n" }, ["run info env-arguments"]],
    ["a run that forks", { run: "#!/bin/sh\nexampled &\n" }, ["run warning run-forks"]],
    ["a daemon of the table", { run: "#!/bin/sh\nexec nginx\n" }, ["run warning run-forks"]],
    ["no fork where it is watched", { run: "#!/bin/sh\nexec s6-background-watch pid redis-server --daemonize yes\n" }, []],
    ["a deaf logger", { "log/run": "#!/bin/sh\nexec s6-log t ./main </dev/null\n" }, ["log/run warning logger-deaf"]],
    ["a log without run", { "log/data": "" }, ["log error run-missing"]],
    ["a log that is a file", { log: "" }, ["log warning log-kind"]],
    ["a logger of a logger", { "log/run": "#!/bin/sh\nexec cat\n", "log/log/run": IDLE }, ["log/log warning log-nested"]],
    ["bad values", { "timeout-kill": "5s\n", "timeout-finish": "3000000000", "max-death-tally": "5000\n", "down-signal": "TERMINATE\n", "reload-signal": "HUP \n" },
      ["timeout-kill warning value-invalid", "timeout-finish warning value-range", "max-death-tally warning value-range", "down-signal warning value-invalid", "reload-signal warning value-invalid"]],
    ["a value that is a directory", { "timeout-kill/x": "" }, ["timeout-kill warning value-unreadable"]],
    ["bad descriptors", { "notification-fd": "3\r\n", "lock-fd": "0\n" }, ["notification-fd error descriptor-invalid", "lock-fd error descriptor-invalid"]],
    ["standard descriptors", { "notification-fd": "1\n", "lock-fd": "2\n" }, ["notification-fd warning descriptor-standard", "lock-fd warning descriptor-standard"]],
    ["a clash", { "notification-fd": "3\n", "lock-fd": "3\n" }, [". error descriptor-clash"]],
    ["a bad pidfile, with readiness", { pidfile: "\n", "notification-fd": "3\n" }, ["pidfile warning pidfile-invalid", "notification-fd info pidfile-notification"]],
    ["a pidfile: then run may fork", { pidfile: "pid\n", run: "#!/bin/sh\nexampled &\n" }, []],
    ["misspelt names", { notification_fd: "3\n", timeout_kill: "1\n", finsh: "#!/bin/sh\n" }, ["finsh warning misspelt", "notification_fd warning misspelt", "timeout_kill warning misspelt"]],
    ["a down file, and what s6 forgot", { down: "", nosetsid: "" }, ["down info down", "nosetsid info obsolete"]],
    ["a control that is no FIFO", { "supervise/control": "" }, [". error control-kind"]],
    ["a supervise that is a file", { supervise: "", event: "" }, ["supervise error supervise-kind", "event error supervise-kind"]],
  ])("%s", (_what, files, expected) => expect(found(files)).toEqual(expected));

  test("what is wrong with the files themselves", () => {
    expect(found({}, (dir) => chmodSync(join(dir, "run"), 0o644))).toEqual(["run error exec-mode"]);
    expect(found({ run: "" }, (dir) => chmodSync(join(dir, "run"), 0o755))).toEqual(["run error exec-empty"]);
    expect(found({ run: "exec foo" }, (dir) => chmodSync(join(dir, "run"), 0o755))).toEqual(["run error exec-no-shebang"]);
    expect(found({}, (dir) => chmodSync(join(dir, "run"), 0o777))).toEqual(["run error writable-by-others"]);
    expect(found({}, (dir) => chmodSync(dir, 0o777))).toEqual([". error writable-by-others"]);
    expect(found({}, (dir) => mkdirSync(join(dir, "finish")))).toEqual(["finish error exec-wrong-kind"]);
    expect(found({}, (dir) => symlinkSync("nothing", join(dir, "finish")))).toEqual(["finish error exec-dangling"]);
    expect(found({}, (dir) => symlinkSync("nothing", join(dir, "check")))).toEqual(["check warning link-dangling"]);
    expect(found({}, (dir) => symlinkSync("nothing", join(dir, "supervise")))).toEqual([]); // the supervisor makes it
    expect(found({}, (dir) => execFileSync("mkfifo", [join(dir, "down-signal")]))).toEqual(["down-signal warning value-invalid"]);
  });

  test("what is wrong with a scan directory", () => {
    const dir = makeTempDirectory();
    const long = "x".repeat(252);
    writeTree(dir, { "a/run": IDLE, [`${long}/run`]: IDLE, "empty/data": "", "file": "", ".hidden/x": "" });
    symlinkSync("a", join(dir, "twin"));
    symlinkSync("nowhere", join(dir, "lost"));
    expect(findings(dir)).toEqual(["lost warning link-dangling", "twin warning service-twice", `${long} error name-too-long`, "empty error run-missing"]);
    expect(findings(join(dir, "empty"))).toEqual([". error run-missing"]);
    writeTree(dir, { "empty/notification-fd": "3\n", ".s6-svscan/x": "" });
    expect(findings(`${dir}///`)).toHaveLength(4);
    const above = makeTempDirectory();
    writeTree(above, { "services/x/run": IDLE, "services/x/down": "", "b/c/run": "#!/nonexistent/sh\n", "d/e/f/g/run": "" });
    expect(findings(above)).toEqual(["b/c/run error exec-interpreter", "services/x/down info down"]);
  });

  test("nothing wrong in our examples", () => {
    for (const path of ["examples", "examples/tree", "examples/catch-all/services", "examples/instances"]) {
      expect(ours("s6-lint", join(ROOT, path))).toMatchObject({ exitCode: 0, stderr: "" });
    }
  });

  test("a daemon whose configuration the script writes is believed", () => {
    const nginx = (config: string): string => `#!/bin/sh\ncat >conf <<END\n${config}\nEND\nexec nginx -c conf\n`;
    const dir = makeTempDirectory();
    writeTree(dir, { "a/run": nginx("daemon off;"), "b/run": nginx("# daemon is what it is") });
    expect(findings(dir)).toEqual(["b/run warning run-forks"]);
  });
});

describe("s6-lint", () => {
  test("tells the worst level by its exit code, and prints lines", () => {
    const dir = makeTempDirectory();
    writeTree(dir, { "a/run": IDLE });
    const lint = (...args: string[]) => runHere(s6lint, ...args);
    const path = join(dir, "a");
    expect(lint(path)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    writeFileSync(join(path, "down"), "");
    expect(lint(path)).toEqual({ exitCode: 0, stdout: `${path}/down: info: the service is not started by itself [down]\n`, stderr: "" });
    writeFileSync(join(path, "timeout_kill"), "");
    expect(lint(path)).toMatchObject({ exitCode: 1, stderr: "" });
    writeFileSync(join(path, "lock-fd"), "x");
    expect(lint("-q", dir)).toEqual({ exitCode: 2, stdout: "", stderr: "" });
    expect(lint("-jq", dir)).toEqual({ exitCode: 2, stdout: "", stderr: "" });
  });

  test("goes on after what it can't look at, and says 111", () => {
    const dir = makeTempDirectory();
    writeTree(dir, { "a/run": IDLE, "a/down": "", "a/file": "" });
    const { exitCode, stdout, stderr } = runHere(s6lint, "/nonexistent", join(dir, "a", "file"), join(dir, "a"));
    expect(exitCode).toBe(111);
    expect(stdout).toContain("[down]");
    expect(stderr).toBe(
      `s6-lint: warning: unable to look at /nonexistent: No such file or directory\ns6-lint: warning: unable to look at ${dir}/a/file: Not a directory\n`,
    );
  });

  test("knows what runs under a tree as well", () => {
    const dir = makeTempDirectory();
    writeTree(dir, { "s6-svscan-log/run": "#!/bin/sh\nexec s6-log t ./main <fifo\n" });
    expect(runHere(s6lint, dir)).toMatchObject({ exitCode: 0, stdout: "" });
  });
});
