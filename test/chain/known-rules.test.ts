import { renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAccessRules, type RuleSource } from "../../src/chain/access-rules.ts";
import { KnownRules } from "../../src/chain/known-rules.ts";
import { entryOf } from "../../src/formats/access-rules.ts";
import { makeCdb } from "../../src/formats/cdb.ts";
import { AT_FDCWD } from "../../src/sys/files.ts";
import { SystemError } from "../../src/sys/system-error.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { eventually } from "../interop/svscan-tree.ts";

const ALLOW = entryOf({ type: "allow", env: [], exec: undefined });
const database = (key: string, entry: string): Uint8Array => makeCdb([{ key: Buffer.from(key), data: Buffer.from(entry, "latin1") }]);
const [client, own] = [{ uid: 5, gid: 6 }, { uid: 0, gid: 0 }];

function isKept(known: KnownRules, source: RuleSource): boolean {
  const rules = known.rulesIn(source);
  return known.rulesIn(source) === rules;
}

test("a database that stays as it is is read once", async () => {
  const path = join(makeTempDirectory(), "rules.cdb");
  writeFileSync(path, database("uid/5", ALLOW));
  const known = new KnownRules(AT_FDCWD);
  const source = { type: "cdb", path } as const;
  // What was written a moment ago may be changed without a trace.
  await eventually(() => isKept(known, source)).toBe(true);
  expect(known.rulesIn(source).lookup(client, own)).toEqual({ type: "allow", env: [], exec: undefined });
});

test("one that is replaced, changed in its place, or removed counts at once", async () => {
  const path = join(makeTempDirectory(), "rules.cdb");
  const known = new KnownRules(AT_FDCWD);
  const verdict = (): string => known.rulesIn({ type: "cdb", path }).lookup(client, own).type;
  writeFileSync(path, database("uid/5", ALLOW));
  utimesSync(path, 1, 1);
  await eventually(() => isKept(known, { type: "cdb", path })).toBe(true);
  expect(verdict()).toBe("allow");

  writeFileSync(`${path}.new`, database("uid/5", "D"));
  renameSync(`${path}.new`, path);
  expect(verdict()).toBe("deny");
  writeFileSync(path, database("uid/6", ALLOW));
  utimesSync(path, 1, 1);
  expect(verdict()).toBe("unknown");
  rmSync(path);
  expect(verdict).toThrow(SystemError);
  writeFileSync(path, database("gid/6", ALLOW));
  expect(verdict()).toBe("allow");
});

test("a daemon that keeps a database sees the new one when it reloads, and the old one when that fails", () => {
  const path = join(makeTempDirectory(), "rules.cdb");
  writeFileSync(path, database("uid/5", ALLOW));
  const rules = openAccessRules({ type: "cdb", path });
  rmSync(path);
  expect(() => rules.reload()).toThrow("No such file or directory");
  expect(rules.lookup(client, own).type).toBe("allow");
  writeFileSync(path, database("uid/5", "D"));
  expect(rules.lookup(client, own).type).toBe("allow");
  rules.reload();
  expect(rules.lookup(client, own).type).toBe("deny");
});

test("a database whose entry can't be understood is an error, not a verdict", () => {
  const path = join(makeTempDirectory(), "rules.cdb");
  writeFileSync(path, database("uid/5", "A"));
  const rules = openAccessRules({ type: "cdb", path });
  expect(() => rules.lookup(client, own)).toThrow("Invalid argument");
  expect(rules.lookup({ uid: 9, gid: 9 }, own)).toEqual({ type: "unknown" });
});
