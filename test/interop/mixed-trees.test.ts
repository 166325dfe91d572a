import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { c, C_BIN, IDLE, makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { OUR_BIN, theirs } from "../support/executables.ts";
import { BINS } from "../support/peers.ts";
import { cTree } from "./c-scanner.ts";
import { eventually, isAlive, isSupervised, isThere, pidOf, read, type Scan, scan, scanIn } from "./svscan-tree.ts";

/** Trees of which one part is ours and another C's. The programs that look and command are C's throughout. */

/** For hangs only. */
const LIMIT = ["-t", "20000"] as const;
const STATE = ["-o", "up,wantedup,normallyup,ready,paused,exitcode,signal"] as const;

/** Says when it is up, is ready, and says when it ends. */
const TALKER = "#!/bin/sh\necho up\necho >&3\nexec 3>&-\nexec sleep 1000\n";
const LISTENER = "#!/bin/sh\nexec cat >>heard\n";
const LOGGED = { run: TALKER, "notification-fd": "3\n", finish: '#!/bin/sh\necho "finished $1 $2 $3"\n', "log/run": LISTENER };
const below = (name: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([file, content]) => [`${name}/${file}`, content]));

const FILES = {
  ...below("talker", LOGGED),
  ...below("leaver", LOGGED),
  "failure/run": "#!/bin/sh\nexit 3\n",
  "failure/finish": "#!/bin/sh\nexit 125\n",
  "later/run": IDLE,
  "later/down": "",
};

/** What happens to the services of FILES, and what is seen of it. */
async function story(scandir: string): Promise<unknown[]> {
  const path = (...names: readonly string[]): string => join(scandir, ...names);
  const seen: unknown[] = [];
  const see = (name: string): void => void seen.push(`${name}: ${c("s6-svstat", ...STATE, path(name)).trim()}`);
  /** Commands a service, and waits for what that leads to. */
  const tell = (name: string, option: string, state: string): void => {
    c("s6-svlisten1", `-${state}`, ...LIMIT, path(name), join(C_BIN, "s6-svc"), `-${option}`, path(name));
    see(name);
  };
  for (const name of ["talker", "talker/log", "leaver", "leaver/log", "failure", "later"]) {
    await eventually(() => isThere(path(name))).toBe(true);
  }
  c("s6-svwait", "-U", ...LIMIT, path("talker"), path("leaver"));
  see("talker");

  tell("talker", "k", "R");
  tell("talker", "d", "D");
  tell("talker", "u", "U");
  await eventually(() => theirs("s6-svstat", "-o", "wantedup", path("failure")).stdout).toBe("false\n");
  see("failure");
  tell("later", "o", "u");
  tell("later", "k", "D");

  // A service that comes, one whose script becomes another, and one that leaves.
  writeTree(scandir, below("newcomer", LOGGED));
  writeFileSync(path("later", "run"), "#!/bin/sh\necho again >said\nexec sleep 1000\n");
  c("s6-svscanctl", "-a", scandir);
  await eventually(() => isThere(path("newcomer")) && isThere(path("newcomer", "log"))).toBe(true);
  c("s6-svwait", "-U", ...LIMIT, path("newcomer"));
  see("newcomer");
  tell("later", "u", "u");
  await eventually(() => read(path("later", "said"))).toBe("again\n");
  const leaver = pidOf(path("leaver"));
  renameSync(path("leaver"), path(".leaver"));
  c("s6-svscanctl", "-an", scandir);
  await eventually(() => isSupervised(path(".leaver")) || isSupervised(path(".leaver", "log"))).toBe(false);
  seen.push(`leaver is alive: ${isAlive(leaver)}`);

  // Every death, without its time.
  for (const name of ["talker", "failure", "later"]) seen.push(c("s6-svdt", path(name)).replaceAll(/^@[0-9a-f]+ /gm, `${name}: `));
  c("s6-svscanctl", "-t", scandir);
  return seen;
}

const heard = (scandir: string): string[] => ["talker", ".leaver", "newcomer"].map((name) => read(join(scandir, name, "log", "heard")));

test("a tree tells the same story whether its scanner and its supervisors are C's or ours", { timeout: 90_000 }, async () => {
  const stories: unknown[] = [];
  for (const bin of [C_BIN, OUR_BIN]) {
    const scandir = makeTempDirectory();
    writeTree(scandir, FILES);
    const tree = cTree(scandir, bin);
    const seen = await story(scandir);
    stories.push([...seen, await tree.ended, heard(scandir)]);
  }
  const tree = await scan(FILES);
  const seen = await story(tree.scandir);
  stories.push([...seen, (await tree.ended).exitCode, heard(tree.scandir)]);

  const [told, ...others] = stories;
  expect(JSON.stringify(told)).toContain("finished 256 9 talker");
  for (const other of others) expect(other).toEqual(told);
});

test("C's s6-svlink and s6-svunlink bring a service into our tree and out of it", async () => {
  const tree = await scan({});
  const service = join(makeTempDirectory(), "service");
  writeTree(service, below(".", LOGGED));
  c("s6-svlink", ...LIMIT, tree.scandir, service, "guest");
  c("s6-svwait", "-U", ...LIMIT, tree.path("guest"));
  expect(isSupervised(join(service, "log"))).toBe(true);
  c("s6-svunlink", ...LIMIT, tree.scandir, "guest");
  await eventually(() => isSupervised(service) || isSupervised(join(service, "log"))).toBe(false);
  expect(read(join(service, "log", "heard"))).toBe("up\nfinished 256 15 guest\n");
});

describe.each(BINS)("an instanced service of C's s6-instance-maker in our tree, its inner s6-svscan %s", (_name, bin) => {
  test("is commanded by C's s6-instance-*", async () => {
    const scandir = makeTempDirectory();
    const template = join(makeTempDirectory(), "template");
    writeTree(template, { ...below(".", LOGGED), run: TALKER.replace("echo up", 'echo "I am $1"') });
    const service = join(scandir, "many");
    c("s6-instance-maker", template, service);
    if (bin === OUR_BIN) {
      const run = join(service, "run");
      const inner = `${C_BIN}/s6-svscan -d3 -c500`; // s6 2.15 has no -c any more: it counts loggers, with -C
      writeFileSync(run, readFileSync(run, "utf8").replace(inner, `${bin}/s6-svscan -d3 -C1000`));
    }
    const tree = await scanIn(scandir);
    await eventually(() => isThere(service)).toBe(true);
    c("s6-svwait", "-U", ...LIMIT, service);

    for (const name of ["one", "two"]) c("s6-instance-create", ...LIMIT, service, name);
    expect(c("s6-instance-list", service).split("\n").sort()).toEqual(["", "one", "two"]);
    c("s6-svwait", "-U", ...LIMIT, join(service, "instance", "one"), join(service, "instance", "two"));
    expect(c("s6-instance-status", ...STATE, service, "one")).toBe("true true true true false -1 NA\n");
    c("s6-instance-control", "-wD", "-T", "20000", "-d", service, "one");
    expect(c("s6-instance-status", ...STATE, service, "one")).toBe("false false true false false -1 SIGTERM\n");
    c("s6-instance-control", "-wU", "-T", "20000", "-u", service, "one");
    const two = pidOf(join(service, "instance", "two"));
    c("s6-instance-delete", ...LIMIT, service, "two");
    expect(c("s6-instance-list", service)).toBe("one\n");
    await eventually(() => isAlive(two)).toBe(false);

    const one = pidOf(join(service, "instance", "one"));
    tree.control("t");
    expect(await tree.ended).toMatchObject({ exitCode: 0 });
    expect(isAlive(one)).toBe(false);
  });
});

describe("services of our tree that are programs of C's s6", () => {
  const commanded = (tree: Scan, ...words: readonly string[]): string => c("s6-ipcclient", tree.path("server", "socket"), ...words);

  test("its servers are ready when they say so, and serve", async () => {
    const tree = await scan({
      "server/run": `#!/bin/sh\nexec ${C_BIN}/s6-ipcserver -1 -- socket /bin/sh -c 'echo "served as $PROTO"'\n`,
      "server/notification-fd": "1\n",
      "holder/run": `#!/bin/sh\nexec ${C_BIN}/s6-fdholder-daemon -1 -x \\^ -i rules socket\n`,
      "holder/notification-fd": "1\n",
      "holder/rules/uid/default/allow": "",
      "holder/rules/uid/default/env/S6_FDHOLDER_LIST": "yes\n",
    });
    tree.up("server", "holder");
    c("s6-svwait", "-U", ...LIMIT, tree.path("server"), tree.path("holder"));
    expect(commanded(tree, "/bin/sh", "-c", "cat <&6")).toBe("served as IPC\n");
    expect(theirs("s6-fdholder-list", tree.path("holder", "socket"))).toMatchObject({ exitCode: 0, stdout: "" });
  });

  test("its chain loaders do in ./run what they always do", async () => {
    const chain = ["s6-envdir env", "s6-softlimit -o 77", "s6-setlock lock", "s6-setuidgid nobody"];
    const tree = await scan({
      "it/run": `#!/bin/sh\nexec >said 2>&1\nexec ${chain.map((words) => `${C_BIN}/${words}`).join(" ")} /bin/sh -c 'echo $WORD; ulimit -n; id -un; exec sleep 1000'\n`,
      "it/env/WORD": "from env\n",
    });
    tree.up("it");
    await eventually(() => read(tree.path("it", "said"))).toBe("from env\n77\nnobody\n");
    expect(theirs("s6-setlock", "-n", tree.path("it", "lock"), "/bin/true").exitCode).not.toBe(0);
    c("s6-svc", "-wD", "-T", "20000", "-d", tree.path("it"));
    expect(theirs("s6-setlock", "-n", tree.path("it", "lock"), "/bin/true").exitCode).toBe(0);
  });
});
