import { closeSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tainFromUnix } from "../../src/formats/tain.ts";
import { openForWriting } from "../../src/store/environment.ts";
import { JournalWriter } from "../../src/store/journal-writer.ts";
import { OpeningTurn } from "../../src/store/opening-turn.ts";

let dir: string;
let path: string;
let fds: number[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "turn-"));
  path = join(dir, "data.mdb");
});
afterEach(() => {
  for (const fd of fds) closeSync(fd);
  fds = [];
  rmSync(dir, { recursive: true, force: true });
});

/** As another process has it: of an open file description of its own. */
function another(): OpeningTurn {
  const fd = openSync(path, "a+");
  fds.push(fd);
  return new OpeningTurn(fd);
}

/** Lets everything happen that can. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

/** Does it happen only after `leave`? */
async function expectAfter(waiting: Promise<unknown> | undefined, leave: () => void): Promise<void> {
  let isOver = false;
  const over = Promise.resolve(waiting).then(() => void (isOver = true));
  await settled();
  expect(isOver).toBe(false);
  leave();
  await over;
}

test("those who commit do not wait for each other", () => {
  const [one, two] = [another(), another()];
  expect(one.commit()).toBeUndefined();
  expect(two.commit()).toBeUndefined();
});

test("who opens waits for all that commit, one after the other", async () => {
  const [one, two, opener] = [another(), another(), another()];
  expect(one.commit()).toBeUndefined();
  expect(two.commit()).toBeUndefined();
  const opening = opener.open();
  one.leave();
  await expectAfter(opening, () => two.leave());
});

test("who comes to commit while somebody wants to open waits behind him: openings do not starve", async () => {
  const [one, two, opener] = [another(), another(), another()];
  expect(one.commit()).toBeUndefined();
  const opening = opener.open();
  await settled();
  const commit = two.commit();
  expect(commit).toBeInstanceOf(Promise);
  await expectAfter(opening, () => one.leave());
  await expectAfter(commit, () => opener.leave());
  const [late, last] = [another(), another()];
  expect(late.commit()).toBeUndefined();
  await expectAfter(last.open(), () => {
    two.leave();
    late.leave();
  });
});

test("two do not open at once", async () => {
  const [one, two] = [another(), another()];
  expect(one.open()).toBeUndefined();
  await expectAfter(two.open(), () => one.leave());
});

test("the end of a descriptor is as good as leaving", async () => {
  const [one, two] = [another(), another()];
  expect(one.open()).toBeUndefined();
  await expectAfter(two.commit(), () => closeSync(fds.shift() ?? -1));
});

test("a journal is not opened while somebody commits, and nothing is committed while somebody opens", async () => {
  const warnings: string[] = [];
  const other = another();
  expect(other.commit()).toBeUndefined();
  const opened = openForWriting(dir);
  await expectAfter(opened, () => other.leave());
  await (await opened).close();

  const writer = new JournalWriter({ dir, warn: (text) => warnings.push(text) });
  writer.open();
  await writer.flush();
  expect(other.open()).toBeUndefined();
  writer.service(0).append({ fact: { type: "control.signal", signal: 1, at: tainFromUnix(1_700_000_000, 0), ms: 0 }, state: "up.ready", effects: [] });
  await expectAfter(writer.flush(), () => other.leave());
  await writer.close();
  const environment = await openForWriting(dir);
  expect(environment.file.last("facts")).toEqual([0, 0]);
  await environment.close();
  expect(warnings).toEqual([]);
});

test("a journal that is replaced while its opening waits is not written to", async () => {
  const other = another();
  expect(other.commit()).toBeUndefined();
  const opened = openForWriting(dir);
  opened.catch(() => undefined); // looked at below
  await settled();
  renameSync(path, `${path}.old`);
  writeFileSync(path, "");
  other.leave();
  await expect(opened).rejects.toMatchObject({ code: "ESTALE" });
});
