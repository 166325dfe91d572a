import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { c, IDLE, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, ours } from "../support/executables.ts";
import { eventually, read, waitForUp } from "./svscan-tree.ts";

/** A root directory of its own, in which nothing but our s6-svscan is the init: it boots, lives, and shuts down. */

const PROJECT = dirname(OUR_BIN);
/** For hangs only. */
const LIMIT = ["-t", "20000"] as const;

/**
 * Builds the root $1 and becomes its first process: programs and configuration can be read only; /run, /tmp, /var and
 * /proc are its own (/run is a directory of the test, which looks at it from outside); there is no /home, /root, /sys.
 */
const BOOT = `set -e
root=$1 run=$2 project=$3 node=$4
mount -t tmpfs s6-actors-test "$root"
cd "$root"
mkdir -p proc run tmp var etc dev opt/s6-actors opt/node old
for name in usr etc; do
  mkdir -p $name
  mount --rbind /$name $name
  mount -o remount,bind,ro $name
done
for name in bin sbin lib lib64; do
  if [ -L /$name ]; then ln -s "$(readlink /$name)" $name; else mkdir $name; mount --bind -o ro /$name $name; fi
done
mount --bind "$project" opt/s6-actors
mount -o remount,bind,ro opt/s6-actors
mount --bind "$(dirname "$node")" opt/node
mount --bind "$run" run
mount -t tmpfs s6-actors-test tmp
mount -t tmpfs s6-actors-test var
mount -t proc proc proc
for name in null zero urandom; do : >dev/$name; mount --bind /dev/$name dev/$name; done
pivot_root . old
umount --lazy old
rmdir old
mount -o remount,ro /
exec env -i PATH=/opt/s6-actors/bin:/usr/bin:/bin S6_ACTORS_NODE=/opt/node/node /opt/s6-actors/bin/s6-svscan -d 3 /run/service
`;

const FILES = {
  "talker/run": "#!/bin/sh\nexec 2>&1\ntrap 'echo farewell; exit 0' TERM\necho \"hello, child of $PPID\"\nwhile :; do sleep 0.05; done\n",
  "talker/log/run": "#!/bin/sh\nexec s6-log -b -d 3 -- t ./main\n",
  "talker/log/notification-fd": "3\n",
  // Leaves an orphan, kills it, and looks whether somebody waits for it.
  "orphanage/run": `#!/bin/sh
(sleep 1000 >/dev/null & echo $! >orphan)
pid=$(cat orphan)
grep PPid "/proc/$pid/status" >parent
kill -9 "$pid"
while [ -e "/proc/$pid" ]; do :; done
echo reaped >verdict
exec sleep 1000
`,
  "look/run": `#!/bin/sh
echo / * /* >names
touch /usr/here 2>/dev/null || echo "/usr can be read only" >verdict
exec sleep 1000
`,
  "ready/run": "#!/bin/sh\necho >&3\nexec 3>&-\nexec sleep 1000\n",
  "ready/notification-fd": "3\n",
  "idle/run": IDLE,
  ".s6-svscan/finish": '#!/bin/sh\necho "finish is $$, with $(ps -e --no-headers -o comm= | sort | tr "\\n" " ")" >/run/word\nexit 7\n',
};

interface Machine {
  readonly run: string;
  readonly ended: Promise<number | null>;
  stderr(): string;
  service(...names: readonly string[]): string;
}

/** Boots, and waits until the init says that it is ready. */
async function boot(files: Readonly<Record<string, string>>, run = makeTempDirectory()): Promise<Machine> {
  const root = makeTempDirectory();
  writeTree(join(run, "service"), files);
  const child = spawn("unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", BOOT, "sh", root, run, PROJECT, process.execPath], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL"); // its namespace dies with it
    await ended;
  });
  const notification = child.stdio[3];
  if (notification === null || notification === undefined || !("once" in notification)) throw new Error("no pipe");
  await new Promise<void>((resolve, reject) => {
    notification.once("data", () => resolve());
    child.once("exit", () => reject(new Error(stderr)));
  });
  return { run, ended, stderr: () => stderr, service: (...names) => join(run, "service", ...names) };
}

const logged = (machine: Machine): string[] =>
  read(machine.service("talker", "log", "main", "current")).split("\n").slice(0, -1).map((line) => line.replace(/^@[0-9a-f]{24} /, ""));

test("a machine whose init is our s6-svscan boots, runs services and loggers, reaps orphans, and shuts down with finish", async () => {
  const machine = await boot(FILES);
  for (const name of ["talker", "orphanage", "look", "ready", "idle"]) waitForUp(machine.service(name));

  expect(c("s6-svwait", "-U", ...LIMIT, machine.service("ready"), machine.service("talker", "log"))).toBe("");
  await eventually(() => logged(machine)).toEqual(["hello, child of 1"]);
  await eventually(() => read(machine.service("orphanage", "verdict"))).toBe("reaped\n");
  expect(read(machine.service("orphanage", "parent"))).toBe("PPid:\t1\n");
  await eventually(() => read(machine.service("look", "verdict"))).toBe("/usr can be read only\n");
  expect(read(machine.service("look", "names"))).toMatch(/ \/bin \/dev \/etc \/lib .*\/opt \/proc \/run \/sbin \/tmp \/usr \/var\n$/);

  untilHeard(machine.service("idle"), "d.*u", "s6-svc", "-k", machine.service("idle"));
  writeTree(machine.service("late"), { run: IDLE });
  c("s6-svscanctl", "-a", machine.service());
  waitForUp(machine.service("late"));

  c("s6-svscanctl", "-t", machine.service());
  expect(await machine.ended).toBe(7);
  expect(read(join(machine.run, "word"))).toMatch(/^finish is 1, with finish .*\n$/);
  expect(read(join(machine.run, "word"))).not.toContain("sleep");
  expect(logged(machine)).toEqual(["hello, child of 1", "farewell"]);
  expect(machine.stderr()).toBe("");
  expect(ours("s6-svhistory", "--verify", machine.service())).toMatchObject({ exitCode: 0 });
});

test("after the next boot it has the history of both", async () => {
  const run = makeTempDirectory();
  for (const count of [1, 2]) {
    const machine = await boot({ "idle/run": IDLE }, run);
    waitForUp(machine.service("idle"));
    c("s6-svscanctl", "-t", machine.service());
    expect(await machine.ended, machine.stderr()).toBe(0);
    // Its s6-svscan knows it as /run/service: whoever looks from outside finds it, too.
    const history = ours("s6-svhistory", machine.service("idle"));
    expect(history).toMatchObject({ exitCode: 0, stderr: "" });
    expect(history.stdout.match(/was killed by SIGTERM/g)).toHaveLength(count);
    expect(ours("s6-svdt", "--all", machine.service("idle"))).toMatchObject({ exitCode: 0, stderr: "" });
  }
});
