import { closeSync, constants, openSync, readdirSync, readSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { c, IDLE, makeTempDirectory, untilHeard, writeTree } from "../support/c-tree.ts";
import { run, theirs } from "../support/executables.ts";
import { eventually, pidOf, type Scan, scanIn } from "../interop/svscan-tree.ts";

const { O_NONBLOCK, O_RDONLY, O_RDWR } = constants;
const NOBODY = 65534;
const SUBSCRIBER = /^ftrig1:/;
const nameOf = (letter: string): string => `ftrig1:@${"4".repeat(24)}:${letter.repeat(6)}`;

interface PublicService extends Scan {
  readonly dir: string;
  readonly event: string;
  /** One death, one start. */
  restart(): void;
}

/** A service whose events everybody may hear. */
async function servePublicly(before: readonly string[] = []): Promise<PublicService> {
  const scandir = makeTempDirectory();
  const dir = join(scandir, "it");
  writeTree(dir, { run: IDLE });
  c("s6-mkfifodir", join(dir, "event"));
  for (const path of [scandir, dir]) expect(run("/bin", "chmod", "755", path).exitCode).toBe(0);
  if (before.length > 0) expect(run("/bin", "chown", "-R", `${NOBODY}:${NOBODY}`, scandir).exitCode).toBe(0);
  const tree = await scanIn(scandir, { before });
  await eventually(() => pidOf(dir)).toBeGreaterThan(0); // the FIFOs of Debian's s6-svwait are closed to other users
  return { ...tree, dir, event: join(dir, "event"), restart: () => untilHeard(dir, "d.*u", "s6-svc", "-k", dir) };
}

const setpriv = (uid: number): string[] => ["--reuid", String(uid), "--regid", String(uid), "--clear-groups"];

/** A FIFO of that user in event/, in the order of the subscriber's part: hidden, opened, then shown. */
function subscribe(event: string, letter: string, flags: number, uid = NOBODY): number {
  const [hidden, shown] = [`.${nameOf(letter)}`, nameOf(letter)].map((name) => join(event, name)) as [string, string];
  expect(theirs("setpriv", ...setpriv(uid), "mkfifo", hidden)).toMatchObject({ exitCode: 0 });
  expect(theirs("setpriv", ...setpriv(uid), "chmod", "622", hidden)).toMatchObject({ exitCode: 0 });
  const fd = openSync(hidden, flags | O_NONBLOCK);
  onTestFinished(() => closeSync(fd));
  renameSync(hidden, shown);
  return fd;
}

function heard(fd: number): string {
  const bytes = Buffer.alloc(100);
  return bytes.toString("latin1", 0, readSync(fd, bytes));
}

async function hears(fd: number, letters: string): Promise<void> {
  let all = "";
  await eventually(() => (all += heard(fd))).toBe(letters);
}

test("a stranger hears a public service", async () => {
  const service = await servePublicly();
  const ear = subscribe(service.event, "a", O_RDONLY);
  service.restart();
  await hears(ear, "dDu");
});

test("root hears the service of somebody else's tree", async () => {
  const service = await servePublicly(["setpriv", ...setpriv(NOBODY)]);
  const ear = subscribe(service.event, "a", O_RDONLY, 0);
  c("s6-svc", "-k", service.dir);
  await hears(ear, "dDu");
});

test("a subscriber that reads nothing loses letters, one that is dead its FIFO, and nobody waits for them", async () => {
  const service = await servePublicly();
  const full = subscribe(service.event, "f", O_RDWR);
  const page = Buffer.alloc(4096, "x");
  expect(() => {
    for (;;) writeSync(full, page);
  }).toThrow("EAGAIN");
  const stale = join(service.event, nameOf("s"));
  expect(theirs("setpriv", ...setpriv(NOBODY), "mkfifo", stale)).toMatchObject({ exitCode: 0 });
  const ear = subscribe(service.event, "a", O_RDONLY);

  for (const _death of [1, 2, 3]) service.restart();
  await eventually(() => readdirSync(service.event).filter((name) => SUBSCRIBER.test(name)).sort())
    .toEqual([nameOf("a"), nameOf("f")]);
  await hears(ear, "dDudDudDu");

  let junk = "";
  while (junk.length < 16 * page.length) junk += heard(full);
  expect(junk).toMatch(/^x+$/);
  service.restart();
  await hears(full, "dDu");
  expect(service.stderr()).toBe("");
});
