import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { BINS } from "../support/peers.ts";
import { eventually, IDLE, isAlive, isSupervised, pidOf, scanIn } from "./svscan-tree.ts";

/** Debian's openrc, as it is installed. */
const S6_FUNCTIONS = fileOf("openrc", "/s6.sh");
const FUNCTIONS = fileOf("openrc", "/sh/functions.sh");

/** For hangs only: OpenRC sleeps three seconds when it starts a service. */
const LIMIT_MS = 50_000;

function fileOf(debianPackage: string, ending: string): string {
  const { stdout } = spawnSync("dpkg", ["-L", debianPackage], { encoding: "utf8" });
  const path = stdout.split("\n").find((line) => line.endsWith(ending));
  if (path === undefined) throw new Error(`this test needs Debian's package ${debianPackage}, for its ${ending}`);
  return path;
}

interface Said {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory with a service `it` and, linked by nobody yet, a tree of that kind whose scan directory is OpenRC's. */
async function setting(bin: string, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = makeTempDirectory();
  writeTree(join(dir, "it"), files);
  mkdirSync(join(dir, "svc", "s6-scan"), { recursive: true });
  await scanIn(join(dir, "svc", "s6-scan"), { bin });
  return dir;
}

/** What a script in /etc/init.d has at hand. OpenRC puts /usr/bin first in PATH; /etc/rc.conf, which is read after that, may change it. */
function openrc(bin: string, dir: string, script: string): Said {
  const before = `. ${FUNCTIONS}\nPATH=${bin}:$PATH\n_status() { echo "OpenRC's own status"; }\n. ${S6_FUNCTIONS}\n`;
  const environment = { RC_SVCNAME: "it", RC_SVCDIR: join(dir, "svc"), s6_service_path: join(dir, "it") };
  const { status, stdout, stderr, error } = spawnSync("/bin/sh", ["-c", before + script], {
    encoding: "utf8", timeout: LIMIT_MS, env: { ...process.env, ...environment },
  });
  if (error !== undefined) throw error;
  return { exitCode: status, stdout, stderr };
}

const SETTINGS = BINS.flatMap(([tools, bin]) => BINS.map(([tree, treeBin]) => [tools, tree, bin, treeBin] as const));
const fine = { exitCode: 0, stderr: "" };

describe.each(SETTINGS)("OpenRC's functions for s6, with programs that are %s, on a tree that is %s", { timeout: LIMIT_MS }, (_tools, _tree, bin, treeBin) => {
  test("start a service, tell its status, and stop it", async () => {
    const dir = await setting(treeBin, { run: IDLE });
    const link = join(dir, "svc", "s6-scan", "it");
    expect(openrc(bin, dir, "s6_status")).toEqual({ ...fine, stdout: "OpenRC's own status\n" });

    expect(openrc(bin, dir, "s6_start")).toEqual({ ...fine, stdout: " * Starting it ... [ ok ]\n" });
    const first = pidOf(link);
    const up = openrc(bin, dir, "s6_status");
    expect({ ...up, stdout: up.stdout.replace(/ pgid \d+/, "") }).toEqual({ ...fine, stdout: expect.stringMatching(`^up \\(pid ${first}\\) \\d+ seconds`) });

    expect(openrc(bin, dir, "s6_stop")).toEqual({ ...fine, stdout: " * Stopping it ... [ ok ]\n" });
    expect(isAlive(first)).toBe(false);
    expect(openrc(bin, dir, "s6_status")).toEqual({ ...fine, stdout: expect.stringMatching(/^down \(signal SIGTERM\) \d+ seconds, normally up/) });
  });
});

describe.each(BINS)("OpenRC's functions for s6, with programs that are %s, on our tree", { timeout: LIMIT_MS }, (_tools, bin) => {
  test("wait for readiness, and kill what does not want to stop", async () => {
    const stubborn = "#!/bin/sh\ntrap '' TERM\nsleep 0.1\necho >&3\nexec 3>&-\nwhile :; do sleep 0.1; done\n";
    const dir = await setting(OUR_BIN, { run: stubborn, "notification-fd": "3\n" });
    const started = openrc(bin, dir, 's6_svwait_options_start="-U -t 20000" s6_start');
    expect(started).toEqual({ ...fine, stdout: " * Starting it ... [ ok ]\n" });
    const pid = pidOf(join(dir, "svc", "s6-scan", "it"));
    const stopped = openrc(bin, dir, "s6_service_timeout_stop=300; s6_stop");
    expect({ ...stopped, stderr: stopped.stderr.replaceAll(/^s6-.*\n/gm, "") }).toEqual({
      exitCode: 0, stdout: " * Stopping it ... [ ok ]\n", stderr: expect.stringContaining("Sending DOWN & KILL for it"),
    });
    expect(isAlive(pid)).toBe(false);
  });

  test("fail for a service that does not stay up, and for one that is not there", async () => {
    const dir = await setting(OUR_BIN, { run: "#!/bin/sh\nexit 1\n", finish: "#!/bin/sh\nexit 125\n" });
    expect(openrc(bin, dir, "s6_start")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("Failed to start it") });
    expect(openrc(bin, dir, "s6_service_path=/nonexistent/it; s6_start")).toMatchObject({
      exitCode: 1, stderr: expect.stringContaining("/nonexistent/it does not exist."),
    });
  });
});

/** OpenRC as it has booted, in a namespace of its own: /run, /sys, /etc/init.d and /etc/rc.conf are others there. */
const BOOTED = `set -e
mount -t tmpfs s6-actors-test /run
mount -t tmpfs s6-actors-test /sys
mkdir -p /sys/fs/cgroup/unified /run/openrc
for folder in daemons exclusive failed hotplugged inactive options scheduled started starting stopping tmp wasinactive; do
  mkdir /run/openrc/$folder
done
echo default >/run/openrc/softlevel
mount --bind init.d /etc/init.d
mount --bind rc.conf /etc/rc.conf
set +e
dir=$PWD
cd /
`;

test("rc-service starts the tree and a service in it, restarts it, and stops both, with the script of examples/openrc", { timeout: LIMIT_MS }, async () => {
  const dir = makeTempDirectory();
  writeTree(dir, {
    "rc.conf": `PATH=${OUR_BIN}:$PATH\n`,
    "init.d/it": `#!/sbin/openrc-run\nsupervisor=s6\ns6_service_path=${dir}/it\ndepend() { need s6-svscan; }\n`,
    "it/run": '#!/bin/sh\necho "it runs as $$" >>said\nexec sleep 1000\n',
  });
  const script = join(dir, "init.d", "s6-svscan");
  cpSync(join(import.meta.dirname, "..", "..", "examples", "openrc", "s6-svscan"), script);
  chmodSync(script, 0o755);
  const commands = `
rc-service it start
tr '\\0' '\\n' </proc/$(cat /run/s6-svscan.pid)/cmdline | grep -o 's6-svscan.cjs$'
rc-service it restart
rc-service it status | sed 's/[0-9][0-9]*/N/g'
rc-service it stop
rc-service it status | sed 's/[0-9][0-9]*/N/g'
rc-service s6-svscan stop
ps -C s6-svscan,node,sleep --no-headers -o args
wc -l <$dir/it/said
`;
  const { stdout, stderr } = spawnSync("unshare", ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", BOOTED + commands], {
    cwd: dir, encoding: "utf8", timeout: LIMIT_MS,
  });
  expect(stdout.split("\n").filter((line) => !/^( \* Caching service dependencies.*| \* .*: creating directory)?$/.test(line))).toEqual([
    " * Starting s6-svscan ... [ ok ]",
    " * Starting it ... [ ok ]",
    "s6-svscan.cjs",
    " * Stopping it ... [ ok ]",
    " * Starting it ... [ ok ]",
    "up (pid N pgid N) N seconds",
    " * Stopping it ... [ ok ]",
    "down (signal SIGTERM) N seconds, normally up, ready N seconds",
    " * Stopping s6-svscan and its services ... [ ok ]",
    "2",
  ]);
  expect(stderr).toBe("");
  await eventually(() => isSupervised(join(dir, "it"))).toBe(false);
});
