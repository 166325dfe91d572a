import { describe, expect, test } from "vitest";
import { untilHeard } from "../support/c-tree.ts";
import { ours, theirs } from "../support/executables.ts";
import { AS_PID_1, eventually, IDLE, isSupervised, pidOf, read, scan } from "./svscan-tree.ts";

describe("s6-svscan as process 1", () => {
  test("boots, reaps orphans that it never knew, and becomes finish when it is told to", async () => {
    const tree = await scan(
      {
        "a/run": "#!/bin/sh\n(sleep 1000 > /dev/null & echo $! > orphan.new; mv orphan.new orphan)\nexec sleep 1000\n",
        // Only inside of the namespace the pids mean something.
        "look/run":
          "#!/bin/sh\nuntil [ -s ../a/orphan ]; do s6-svwait -u ../a; done\n" +
          'pid=$(cat ../a/orphan)\ngrep PPid "/proc/$pid/status" > parent\nkill -9 "$pid"\n' +
          "while [ -e /proc/$pid ]; do :; done\necho reaped > verdict\nexec sleep 1000\n",
        ".s6-svscan/finish": '#!/bin/sh\necho "finish is $$" > report\nexit 5\n',
      },
      { before: AS_PID_1 },
    );
    await eventually(() => read(tree.path("look", "verdict"))).toBe("reaped\n");
    expect(read(tree.path("look", "parent"))).toBe("PPid:\t1\n");
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 5 });
    expect(read(tree.path("report"))).toBe("finish is 1\n");
  });

  test.for(["HUP", "USR1", "PWR", "TERM"])("obeys SIG%s from inside", async (signal) => {
    const tree = await scan(
      {
        "a/run": `#!/bin/sh\nkill -${signal} 1\nexec sleep 1000\n`,
        [`.s6-svscan/SIG${signal}`]: "#!/bin/sh\necho heard > report\n",
      },
      { before: AS_PID_1 },
    );
    await eventually(() => read(tree.path("report"))).toBe("heard\n");
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
  });

  test("becomes new versions of itself, and is process 1 still", { timeout: 120_000 }, async () => {
    const tree = await scan(
      { "a/run": IDLE, "b/run": "#!/bin/sh\necho $$ >>ran\nexec sleep 1000\n", ".s6-svscan/finish": '#!/bin/sh\necho "finish is $$" > report\n' },
      { before: AS_PID_1 },
    );
    tree.up("a", "b");
    const pid = pidOf(tree.path("a"));
    for (let count = 1; count <= 20; count++) {
      expect(ours("s6-svscanctl", "--reexec", tree.scandir).exitCode).toBe(0);
      await eventually(() => tree.stderr().split("upgraded in place")).toHaveLength(count + 1);
      await eventually(() => isSupervised(tree.path("b"))).toBe(true);
      untilHeard(tree.path("b"), "d.*u", "s6-svc", "-k", tree.path("b"));
    }
    expect(pidOf(tree.path("a"))).toBe(pid);
    expect(theirs("s6-svdt", tree.path("b")).stdout.match(/signal SIGKILL/g)).toHaveLength(20);
    expect(read(tree.path("b", "ran")).split("\n")).toHaveLength(22);
    tree.control("t");
    await tree.ended;
    expect(read(tree.path("report"))).toBe("finish is 1\n");
  });

  test("signals without a file do not kill it", async () => {
    const tree = await scan(
      { "a/run": "#!/bin/sh\nfor s in USR1 USR2 PWR WINCH HUP ALRM PIPE; do kill -$s 1; done\ntouch told\nexec sleep 1000\n", "b/run": IDLE },
      { before: AS_PID_1 },
    );
    tree.up("a", "b");
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 0, stderr: "" });
  });
});
