import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN, ours, theirs } from "../support/executables.ts";
import { shellWith, WHAT_IT_HAS } from "../support/twins.ts";
import { eventually, isAlive, pidOf, read, scan } from "./svscan-tree.ts";

/** What sd_notify(3) does: one datagram to the socket that NOTIFY_SOCKET names. */
const SD_NOTIFY = `perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0); $_ = $ENV{NOTIFY_SOCKET}; s/^@/\\0/;
  for my $text (@ARGV) { $text =~ s/_/\\n/g; defined send(S, $text, 0, pack("Sa*", AF_UNIX, $_)) or die $!; }'`;

const fromSocket = (script: string, ...args: readonly string[]) =>
  shellWith(OUR_BIN, makeTempDirectory(), '{ $BIN/s6-notify-fd-from-socket -3 9 "$@" 9>&1 >&8 | od -An -c; } 8>&1', ...args, "sh", "-c", script);

describe("s6-notify-fd-from-socket", () => {
  test.each([
    ["READY=1"], ["READY=1_"], ["STATUS=starting", "READY=1_MAINPID=7_"], ["STATUS=x_READY=1_"], ["", "READY=1"],
    ["READY=1_BARRIER=1_"], ["READY=1", "BARRIER=1"],
  ])("%s %s: ready", (...texts) => {
    const notified = texts.filter((text) => text !== undefined).map((text) => `'${text}'`).join(" ");
    expect(fromSocket(`exec 8>&-; ${SD_NOTIFY} ${notified}`)).toEqual({ exitCode: 0, stdout: "  \\n\n", stderr: "" });
  });

  test.each(["READY=0", "STATUS=READY=1", "READY=10", "NOTREADY=1"])("%s: not ready, and the helper ends with the program", (text) => {
    for (const options of [[], ["-f"], ["--no-doublefork", "--timeout=0"]]) {
      expect(fromSocket(`${SD_NOTIFY} '${text}'`, ...options)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    }
  });

  test("-t: the helper gives up, while the program goes on", () => {
    // The end of the pipe is that of the helper: only then the program is told to end.
    const script = "mkfifo go; { $BIN/s6-notify-fd-from-socket -3 9 -t 100 sh -c 'exec 9>&-; read x <go; echo end' 9>&1 >&8 | { cat; echo >go; }; } 8>&1";
    expect(shellWith(OUR_BIN, makeTempDirectory(), script)).toEqual({ exitCode: 0, stdout: "end\n", stderr: "" });
  });

  test("the program has everything but the descriptor, and the socket's name in addition", () => {
    const before = "exec 7</dev/null 9>/dev/null; trap '' USR1; ulimit -Sn 77; umask 027";
    const has = (through: string): string => shellWith(OUR_BIN, "/tmp", `${before}; ${through} sh -c "$@"`, WHAT_IT_HAS).stdout;
    const with_ = has("$BIN/s6-notify-fd-from-socket -3 9");
    expect(with_).toMatch(/^NOTIFY_SOCKET=@[0-9a-f]{5}$/m);
    expect(with_.replace(/^NOTIFY_SOCKET=.*\n/m, "")).toBe(has("exec 9>&-;"));
  });

  test.each([
    [[], 100, "usage: s6-notify-fd-from-socket"], [["true"], 111, "fatal: unable to read ./notification-fd: No such file or directory"],
    [["-3", "99", "true"], 111, "fatal: notification-fd sanity check failed: Bad file descriptor"], [["--no", "true"], 100, "fatal: unrecognized boolean option: --no"],
    [["-3", "1", "nonexistent"], 127, "fatal: unable to exec nonexistent: No such file or directory"], [["-3", "1", "/etc/passwd"], 126, "fatal: unable to exec /etc/passwd"],
  ] as const)("%j: %i", (args, exitCode, said) => {
    const ended = shellWith(OUR_BIN, makeTempDirectory(), '$BIN/s6-notify-fd-from-socket "$@"', ...args);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toContain(`s6-notify-fd-from-socket: ${said}`);
  });

  test.each(["", "-f"])("%s: a service of our tree becomes ready; its pid is that of the program", async (options) => {
    const tree = await scan({
      "a/run": `#!/bin/sh\nexec ${OUR_BIN}/s6-notify-fd-from-socket ${options} sh -c 'echo $$ >pid; read x <go; ${SD_NOTIFY.replaceAll("'", `'"'"'`)} READY=1; exec sleep 1000'\n`,
      "a/notification-fd": "3\n",
      "a/down": "",
    });
    await eventually(() => theirs("s6-svok", tree.path("a")).exitCode).toBe(0);
    shellWith(OUR_BIN, tree.path("a"), "mkfifo go");
    ours("s6-svc", "-wu", "-T", "20000", "-u", tree.path("a"));
    await eventually(() => read(tree.path("a", "pid"))).toBe(`${pidOf(tree.path("a"))}\n`);
    expect(theirs("s6-svstat", "-o", "ready", tree.path("a")).stdout).toBe("false\n");
    shellWith(OUR_BIN, tree.path("a"), "echo >go");
    expect(ours("s6-svwait", "-U", "-t", "20000", tree.path("a")).exitCode).toBe(0);
  });
});

/** A manager: prints each datagram in one line, with how many descriptors came along; ends after so many. */
const MANAGER = `python3 -c 'import array, os, socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1].replace("@", "\\0"))
os.close(os.open("up", os.O_CREAT | os.O_WRONLY))
for _ in range(int(sys.argv[2])):
    data, ancillary, _, _ = manager.recvmsg(4096, socket.CMSG_SPACE(16))
    print(data, sum(len(array.array("i", bytes)) for _, _, bytes in ancillary), flush=True)'`;

const managed = (address: string, count: number, script: string) =>
  shellWith(OUR_BIN, makeTempDirectory(), `${MANAGER} "$1" ${count} & until test -e up; do sleep 0.02; done; export NOTIFY_SOCKET="$1"; ${script}; wait`, address);

describe("s6-notify-socket-from-fd", () => {
  test.each(["./manager", `@s6-actors-test-${process.pid}`])("a newline becomes READY=1 and a barrier: %s", (address) => {
    const at = address.startsWith("@") ? '"$1"' : '"$PWD/manager"';
    const { stdout, stderr, exitCode } = shellWith(OUR_BIN, makeTempDirectory(), `
      ${MANAGER} ${at} 2 & until test -e up; do sleep 0.02; done
      NOTIFY_SOCKET=${at} $BIN/s6-notify-socket-from-fd sh -c 'echo "\${NOTIFY_SOCKET-none} $$" >&2; echo starting; exec sleep 0'; wait`, address);
    const [, variable, pid] = /^(\S+) (\d+)\n$/.exec(stderr) ?? [];
    expect({ exitCode, variable }).toEqual({ exitCode: 0, variable: "none" });
    expect(stdout).toBe(`b'READY=1\\nMAINPID=${pid}\\n' 0\nb'BARRIER=1\\n' 1\n`);
  });

  test("the helper ends when the manager has read both, and as a child is the program's", () => {
    const script = '$BIN/s6-notify-socket-from-fd -f -d 4 perl -e \'open(F, ">&=4"); syswrite(F, "a"); syswrite(F, "b\\n"); close F; wait; print $? >> 8, "\\n"\'';
    expect(managed(`@s6-actors-test-${process.pid}`, 2, script).stdout).toMatch(/READY=1.*BARRIER=1.*\n0\n$/s);
  });

  test.each([
    ["nothing comes: 99", "-t 100", "", 99], ["a program that closes it: 1", "", "close F;", 1],
    ["a manager that is not there: 111", "", 'syswrite(F, "\\n");', 111],
  ] as const)("%s", (_, options, act, code) => {
    const program = `perl -e 'open(F, ">&=4"); ${act} wait; print $? >> 8'`;
    const ended = shellWith(OUR_BIN, makeTempDirectory(), `NOTIFY_SOCKET=/nonexistent/x $BIN/s6-notify-socket-from-fd -f -d 4 ${options} ${program}`);
    expect(ended).toMatchObject({ exitCode: 0, stdout: String(code) });
    if (code === 111) expect(ended.stderr).toBe("s6-notify-socket-from-fd (child): fatal: unable to notify /nonexistent/x: No such file or directory\n");
  });

  test("without NOTIFY_SOCKET it is as if it were not there; -k keeps the variable", () => {
    const run = (script: string) => shellWith(OUR_BIN, "/tmp", script);
    expect(run("unset NOTIFY_SOCKET; exec <&-; $BIN/s6-notify-socket-from-fd ls /proc/self/fd").stdout).toBe(run("exec <&-; ls /proc/self/fd").stdout);
    expect(run("NOTIFY_SOCKET=/x $BIN/s6-notify-socket-from-fd --keep-environment -d 5 printenv NOTIFY_SOCKET").stdout).toBe("/x\n");
    expect(run("NOTIFY_SOCKET=/x $BIN/s6-notify-socket-from-fd nonexistent").exitCode).toBe(127);
    expect(run("$BIN/s6-notify-socket-from-fd -d x true").stderr).toBe("s6-notify-socket-from-fd: fatal: notification-fd must be an unsigned integer\n");
    expect(run("$BIN/s6-notify-socket-from-fd").exitCode).toBe(100);
  });

  test("a descriptor that was closed at the start becomes the pipe all the same", () => {
    const script = `NOTIFY_SOCKET=/nonexistent/x $BIN/s6-notify-socket-from-fd -f perl -e 'close STDOUT; wait; print STDERR $? >> 8' >&-`;
    expect(shellWith(OUR_BIN, "/tmp", script)).toEqual({ exitCode: 0, stdout: "", stderr: "1" });
    const open = "NOTIFY_SOCKET=/nonexistent/x $BIN/s6-notify-socket-from-fd -f readlink /proc/self/fd/1 >&-";
    expect(shellWith(OUR_BIN, "/tmp", open)).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("unable to notify") });
  });

  test("there and back: our own s6-svscan under a manager of this protocol", async () => {
    const tree = await scan({
      "a/run": `#!/bin/sh\nmkdir -p inner\nexec ${OUR_BIN}/s6-notify-fd-from-socket -f ${OUR_BIN}/s6-notify-socket-from-fd -d 5 ${OUR_BIN}/s6-svscan -d 5 inner\n`,
      "a/notification-fd": "3\n",
    });
    tree.up("a");
    expect(ours("s6-svwait", "-U", "-t", "20000", tree.path("a")).exitCode).toBe(0);
    expect(theirs("s6-svscanctl", "-z", join(tree.path("a"), "inner")).exitCode).toBe(0);
    expect(isAlive(pidOf(tree.path("a")))).toBe(true);
  });
});
