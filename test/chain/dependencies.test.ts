import { closeSync, constants, mkdirSync, openSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Dependencies } from "../../src/chain/dependencies.ts";
import { byteString, bytesOf } from "../../src/formats/bytes.ts";
import * as sys from "../../src/sys/real-sys.ts";
import { makeTempDirectory } from "../support/c-tree.ts";

/** A file that was changed so lately says nothing (native/src/digest.cc). */
const UNSETTLED_MS = 60;

// A name whose bytes were taken for a text would be that of another file, which is never there.
test.each(["plain", "\u00e9t\u00e9"])("files of a directory named %s are watched under that name", async (name) => {
  const cwd = makeTempDirectory();
  mkdirSync(join(cwd, name));
  writeFileSync(join(cwd, name, "COLOUR"), "blue");
  await setTimeout(UNSETTLED_MS);
  const fd = openSync(cwd, constants.O_RDONLY);
  onTestFinished(() => closeSync(fd));
  const files = new Dependencies(fd);
  files.noting({ ...sys }).readPlainFilesOf(bytesOf(byteString(join(cwd, name))), () => true, 100);
  files.seal();
  expect(files.areTheSame()).toBe(true);
  utimesSync(join(cwd, name, "COLOUR"), 1, 1);
  await setTimeout(UNSETTLED_MS);
  expect(files.areTheSame()).toBe(false);
});
