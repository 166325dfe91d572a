import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { addon, AT_FDCWD, SPAWN_NEWPID, SPAWN_SETSID } from "../../src/sys/addon.ts";
import { SystemError } from "../../src/sys/errors.ts";
import { closeFd, isOpen, openAt, pipe, readFd } from "../../src/sys/files.ts";
import { pollReadable } from "../../src/sys/poller.ts";
import {
  kill, nofile, pidfdKill, pidfdOpen, setSoftNofile, softNofileOfChildren, spawn, spawnOut, waitPidfd,
} from "../../src/sys/process.ts";
import { answerOf, makeTempDirectory } from "./fixture-process.ts";

const decoder = new TextDecoder();

/** Runs a shell script as a child; its output, what it ended with. `map`: more descriptors for it. */
function child(script: string, { dirFd = AT_FDCWD, flags = 0, map = [] as [number, number][] } = {}) {
  const [readEnd, writeEnd] = pipe();
  const out = spawnOut();
  try {
    const pid = spawn(dirFd, "/bin/sh", ["sh", "-c", script], new Map([[0, 0], [1, writeEnd], [2, 2], ...map]), flags, out);
    closeFd(writeEnd);
    const pidfd = out[1] ?? -1;
    const bytes = new Uint8Array(65536);
    let text = "";
    for (let count = readFd(readEnd, bytes); count !== 0 && count !== "again"; count = readFd(readEnd, bytes)) {
      text += decoder.decode(bytes.subarray(0, count));
    }
    pollReadable([pidfd], undefined);
    const status = waitPidfd(pidfd);
    const again = waitPidfd(pidfd);
    closeFd(pidfd);
    return { pid, text, status, again };
  } finally {
    closeFd(readEnd);
  }
}

/** The failure of a spawn. */
function failure(action: () => unknown): { code: string; syscall: string } | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { code: error.code, syscall: error.syscall };
  }
}

const STDIO = new Map([[0, 0], [1, 1], [2, 2]]);

/** Opens so many descriptors that children start on the shared table. */
function crowd(): () => void {
  const fds = Array.from({ length: 700 }, () => openSync("/dev/null", "r"));
  return () => {
    for (const fd of fds) closeSync(fd);
  };
}

describe.each([
  ["with few descriptors open", () => () => {}],
  ["with hundreds of descriptors open", crowd],
])("spawn %s", (_, prepare) => {
  beforeAll(() => {
    child("true"); // while there is still room for the low slots
    const restore = prepare();
    return restore;
  });

  test("gives pid, output and wait status, once", () => {
    const { pid, text, status, again } = child("echo $$; exit 3");
    expect(Number(text)).toBe(pid);
    expect(status).toBe(3 << 8);
    expect(again).toBe("not ours");
    expect(child("kill -KILL $$").status).toBe(9);
  });

  test("starts in the given directory, wherever its name is by now", () => {
    const directory = makeTempDirectory();
    mkdirSync(join(directory, "here"));
    writeFileSync(join(directory, "here", "run"), "#!/bin/sh\nexit 5\n", { mode: 0o755 });
    const dirFd = openAt(AT_FDCWD, join(directory, "here"), 0);
    expect(child("pwd -P", { dirFd }).text).toBe(`${realpathSync(join(directory, "here"))}\n`);
    const out = spawnOut();
    spawn(dirFd, "./run", ["./run"], STDIO, 0, out);
    pollReadable([out[1] ?? -1], undefined);
    expect(waitPidfd(out[1] ?? -1)).toBe(5 << 8);
    closeFd(out[1] ?? -1);
    closeFd(dirFd);
  });

  test("makes a session leader only when asked", () => {
    const ids = (flags: number) => child("cut -d' ' -f1,5,6 /proc/$$/stat", { flags }).text.trim().split(" ");
    const [pid, group, session] = ids(SPAWN_SETSID);
    expect([group, session]).toEqual([pid, pid]);
    expect(ids(0)[1]).not.toBe(ids(0)[0]);
  });

  test.runIf(process.getuid?.() === 0)("makes the first process of a pid namespace", () => {
    const { text, pid } = child("echo $$", { flags: SPAWN_NEWPID | SPAWN_SETSID });
    expect(text).toBe("1\n");
    expect(pid).toBeGreaterThan(1);
  });

  test("maps descriptors that change places, and one onto many", () => {
    const directory = makeTempDirectory();
    const [a, b] = ["a", "b"].map((name) => {
      writeFileSync(join(directory, name), name);
      return openSync(join(directory, name), "r");
    }) as [number, number];
    const { text } = child(`for fd in ${b} ${a} 9; do cat /proc/self/fd/$fd; done`, { map: [[a, b], [b, a], [9, a]] });
    expect(text).toBe("aba");
    closeSync(a);
    closeSync(b);
  });

  test("leaves nothing open but what was mapped", () => {
    const extra = openSync("/dev/null", "r");
    addon.setCloexec(extra, false);
    const { text } = child("ls /proc/$$/fd", { map: [[7, extra]] });
    expect(text.trim().split(/\s+/).filter((fd) => fd !== "10")).toEqual(["0", "1", "2", "7"]);
    closeSync(extra);
  });

  test("maps a descriptor onto its own number", () => {
    const [readEnd, writeEnd] = pipe();
    const { text } = child(`ls /proc/$$/fd`, { map: [[writeEnd, writeEnd]] });
    expect(text.trim().split(/\s+/)).toContain(String(writeEnd));
    closeFd(readEnd);
    closeFd(writeEnd);
  });

  test("keeps no end of a pipe in this process", () => {
    const [readEnd, writeEnd] = pipe(true);
    const out = spawnOut();
    spawn(AT_FDCWD, "/bin/true", ["true"], new Map([...STDIO, [5, writeEnd]]), 0, out);
    closeFd(writeEnd);
    pollReadable([out[1] ?? -1], undefined);
    waitPidfd(out[1] ?? -1);
    closeFd(out[1] ?? -1);
    expect(readFd(readEnd, new Uint8Array(1))).toBe(0); // end of file: nobody has the other end
    closeFd(readEnd);
  });

  test("starts with default dispositions and an empty mask", () => {
    const [, blocked, ignored, caught] = child("exec cat /proc/self/status").text.match(
      /SigBlk:\t(\S+)\nSigIgn:\t(\S+)\nSigCgt:\t(\S+)/,
    ) ?? [];
    expect([blocked, ignored, caught]).toEqual(Array(3).fill("0000000000000000"));
  });

  test("says what failed: the program, the directory, a descriptor", () => {
    const out = spawnOut();
    const fails = (file: string, dirFd = AT_FDCWD, map: Map<number, number> = STDIO) =>
      failure(() => spawn(dirFd, file, [file], map, 0, out));
    const file = join(makeTempDirectory(), "no-format");
    writeFileSync(file, "no program", { mode: 0o755 });
    expect(fails("./nonexistent")).toEqual({ code: "ENOENT", syscall: "exec" });
    expect(fails("/etc/passwd")).toEqual({ code: "EACCES", syscall: "exec" });
    expect(fails(file)).toEqual({ code: "ENOEXEC", syscall: "exec" });
    expect(fails("/bin/true", 0)).toMatchObject({ syscall: "chdir" });
    expect(fails("/bin/true", AT_FDCWD, new Map([...STDIO, [5, 15_000]]))).toEqual({ code: "EBADF", syscall: "dup2" });
    expect(fails("/bin/true\0x")).toMatchObject({ code: "EINVAL" });
    expect(Array.from(out)).toEqual([0, -1, 0]);
    expect(addon.reap(new Int32Array(1))).toBeLessThanOrEqual(0); // no zombie of a failed start is left
  });

  test("has two hundred children at a time", () => {
    const pidfds = Array.from({ length: 200 }, (__, index) => {
      const out = spawnOut();
      spawn(AT_FDCWD, "/bin/sh", ["sh", "-c", `exit ${index}`], STDIO, 0, out);
      return out[1] ?? -1;
    });
    const codes = pidfds.map((pidfd) => {
      pollReadable([pidfd], undefined);
      const status = waitPidfd(pidfd);
      closeFd(pidfd);
      return status;
    });
    expect(codes).toEqual(Array.from({ length: 200 }, (__, index) => index << 8));
  });
});

test("the slots of crowded spawns are where a child can reach them", () => {
  const slots = readdirSync("/proc/self/fd").filter((fd) => Number(fd) >= 80 && Number(fd) < 128);
  expect(slots.filter((fd) => readlinkSync(`/proc/self/fd/${fd}`) === "/")).toHaveLength(1 + 4 * 8);
});

describe("children and threads", () => {
  test("workers get the statuses of their children, main those of the orphans", async () => {
    expect(await answerOf("children")).toEqual({
      outcomes: [{ wrong: 0, lost: 0 }, { wrong: 0, lost: 0 }],
      orphans: 50,
      strange: 0,
    });
  });

  test("the child of a worker that dies is main's, and known by what spawn left in shared memory", async () => {
    expect(await answerOf("adoption")).toEqual({ known: true, waitStatus: 15 });
  });
});

describe("signals to processes", () => {
  test("by pid, by group, by pidfd; to nobody is ESRCH", () => {
    const out = spawnOut();
    const start = (flags: number) => spawn(AT_FDCWD, "/bin/sleep", ["sleep", "1000"], STDIO, flags, out);
    const end = () => {
      pollReadable([out[1] ?? -1], undefined);
      const status = waitPidfd(out[1] ?? -1);
      return status;
    };
    kill(start(0), 15);
    expect(end()).toBe(15);
    expect(failure(() => pidfdKill(out[1] ?? -1, 15))?.code).toBe("ESRCH");
    closeFd(out[1] ?? -1);
    kill(-start(SPAWN_SETSID), 1);
    expect(end()).toBe(1);
    closeFd(out[1] ?? -1);
    const pidfd = pidfdOpen(start(0));
    expect(waitPidfd(pidfd)).toBe("running");
    pidfdKill(pidfd, 9);
    expect(end()).toBe(9);
    closeFd(pidfd);
    closeFd(out[1] ?? -1);
    expect(failure(() => kill(-0x7ffffffe, 0))?.code).toBe("ESRCH");
  });
});

describe("limits", () => {
  test("the soft limit of open files can be read and set", () => {
    const { soft, hard } = nofile();
    setSoftNofile(hard - 1);
    expect(nofile()).toEqual({ soft: hard - 1, hard });
    expect(softNofileOfChildren()).toBe(hard - 1);
    setSoftNofile(soft);
    expect(isOpen(9999)).toBe(false);
    expect(existsSync("/proc/self") && readFileSync("/proc/self/comm", "utf8")).not.toBe("");
  });
});
