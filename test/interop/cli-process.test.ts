import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { c, IDLE, makeTempDirectory, superviseWithC, untilHeard } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";

const shell = (script: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync("/bin/bash", ["-c", script, "bash", ...args], {
    encoding: "utf8",
    timeout: 20_000,
    env: { ...process.env, PATH: `${OUR_BIN}:/usr/bin:/bin` },
  });

describe("our programs among others", () => {
  it("die of SIGPIPE, without a word, when nobody reads what they print", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    // The reader is gone for certain before the writer begins.
    const script = 'exec 3> >(exec true); wait $!; s6-svstat "$1" >&3; echo $?';
    expect(shell(script, servicedir)).toMatchObject({ stdout: `${128 + 13}\n`, stderr: "" });
  });

  it("report that their output cannot be written", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory(), { run: IDLE, down: "" });
    expect(shell('s6-svstat "$1" > /dev/full', servicedir)).toMatchObject({
      status: 111,
      stderr: "s6-svstat: fatal: unable to write to stdout: No space left on device\n",
    });
  });

  it("print everything into a pipe that somebody has made non-blocking and that is full at first", () => {
    const servicedir = makeTempDirectory();
    c("s6-mkfifodir", join(servicedir, "supervise"));
    const death = "\\x40\\0\\0\\0\\x6b\\0\\xa9\\xc6\\0\\0\\0\\0\\x01\\0";
    const script = `
cd "$1"
for i in {1..64}; do printf '${death}'; done > part
for i in {1..64}; do cat part; done > supervise/death_tally
mkfifo pipe go
{ read line < go; cat > out; } < pipe &
exec 3> pipe
node -e 'const fs = require("fs"); const fd = fs.openSync("/proc/self/fd/3", fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  require("child_process").spawn("s6-svdt", ["."], { stdio: [0, fd, 2] }).once("exit", (code) => process.exit(code));
  fs.writeFileSync("go", "\\n")'
echo $?
exec 3>&-
wait
grep -c ' exitcode 1$' out`;
    expect(shell(script, servicedir)).toMatchObject({ stdout: "0\n4096\n", stderr: "" });
  });

  it("go on waiting through a SIGHUP that was ignored when they were started", async () => {
    const { servicedir } = await superviseWithC(makeTempDirectory());
    const script = `
trap '' HUP
s6-svwait -D "$1" &
until set -- "$1" "$1"/event/ftrig1*; [ -p "$2" ]; do :; done
kill -HUP $!
s6-svc -d "$1"
wait $!
echo $?`;
    expect(shell(script, servicedir)).toMatchObject({ stdout: "0\n", stderr: "" });
    untilHeard(servicedir, "u", "s6-svc", "-u", servicedir);
  });
});
