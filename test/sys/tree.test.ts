import { spawn, spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyTreeInto, removeTree, removeTreeIn } from "../../src/sys/tree.ts";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";

function makeRoom(): { readonly room: string; readonly outside: string } {
  const [room, outside] = [makeTempDirectory(), makeTempDirectory()];
  writeTree(outside, { precious: "still here\n", "sub/precious": "still here\n" });
  return { room, outside };
}

const isUntouched = (outside: string): boolean =>
  ["precious", "sub/precious"].every((name) => readFileSync(join(outside, name), "utf8") === "still here\n");

describe("removing", () => {
  test("removes links, and not what they lead to", () => {
    const { room, outside } = makeRoom();
    writeTree(join(room, "tree"), { "a/b/c": "", d: "" });
    symlinkSync(outside, join(room, "tree", "a", "out"));
    symlinkSync(join(outside, "precious"), join(room, "tree", "file"));
    symlinkSync("nowhere", join(room, "tree", "dangling"));
    removeTree(join(room, "tree"));
    expect(existsSync(join(room, "tree"))).toBe(false);
    symlinkSync(outside, join(room, "tree"));
    removeTree(join(room, "tree"));
    expect(readdirSync(room)).toEqual([]);
    expect(isUntouched(outside)).toBe(true);
  });

  test("does not go through a directory that is a link", () => {
    const { room, outside } = makeRoom();
    symlinkSync(outside, join(room, "instances"));
    expect(() => removeTreeIn(join(room, "instances"), "sub")).toThrow(/Not a directory|Too many levels/);
    expect(isUntouched(outside)).toBe(true);
  });

  test("nothing there is fine", () => {
    const { room } = makeRoom();
    removeTreeIn(room, "x");
    removeTree(join(room, "y"));
  });

  test("is not led outside by somebody who swaps directories for links all the time", async () => {
    const { room, outside } = makeRoom();
    const tree = join(room, "tree");
    const swapper = spawn("perl", ["-e", SWAP, tree, outside], { stdio: "ignore" });
    const ended = new Promise((resolve) => swapper.once("exit", resolve));
    while (!existsSync(`${tree}.done`)) {
      mkdirSync(tree, { recursive: true });
      try {
        removeTreeIn(room, "tree");
      } catch {
        // it was filled again and again
      }
    }
    await ended;
    expect(isUntouched(outside)).toBe(true);
  });
});

/** By turns, DIR/x is a directory and a link to somewhere else. */
const SWAP = `my ($dir, $elsewhere) = @ARGV;
for (1 .. 3000) {
  mkdir($dir); mkdir("$dir/x"); mkdir("$dir/x/sub");
  symlink($elsewhere, "$dir/l"); rename("$dir/x", "$dir/y"); rename("$dir/l", "$dir/x");
  unlink("$dir/x"); rename("$dir/y", "$dir/x");
}
open(F, ">", "$dir.done");`;

describe("copying", () => {
  test("leaves nothing when it fails", () => {
    const { room } = makeRoom();
    writeTree(join(room, "from"), { a: "a", "b/c": "c" });
    writeFileSync(join(room, "from", "b", "d"), "x".repeat(200_000));
    mkdirSync(join(room, "to"));
    copyTreeInto(join(room, "from"), join(room, "to"), "whole");
    expect(readFileSync(join(room, "to", "whole", "b", "d"), "utf8")).toHaveLength(200_000);
    expect(() => copyTreeInto(join(room, "from"), join(room, "to"), "whole")).toThrow("File exists");
    expect(readdirSync(join(room, "to", "whole")).sort()).toEqual(["a", "b"]);
  });

  test("takes no template and goes to no place that is a link", () => {
    const { room, outside } = makeRoom();
    mkdirSync(join(room, "to"));
    symlinkSync(outside, join(room, "template"));
    expect(() => copyTreeInto(join(room, "template"), join(room, "to"), "x")).toThrow(/Not a directory|Too many levels/);
    expect(() => copyTreeInto(outside, join(room, "template"), "x")).toThrow(/Not a directory|Too many levels/);
    expect(readdirSync(outside).sort()).toEqual(["precious", "sub"]);
    expect(readdirSync(join(room, "to"))).toEqual([]);
  });

  test("by somebody else keeps no foreign owner, and no setuid bit for it", () => {
    const { room } = makeRoom();
    writeTree(join(room, "from"), { run: "#!/bin/sh\n" });
    const prepare = `chmod 755 "$1"; chmod 6755 "$1/from/run"; mkdir -m 777 "$1/to"; exec setpriv --reuid=65534 --regid=65534 --clear-groups "$2/s6-instance-maker" "$1/from" "$1/to/made"`;
    const { status, stderr } = spawnSync("sh", ["-c", prepare, "sh", room, OUR_BIN], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { uid, mode } = lstatSync(join(room, "to", "made", "template", "run"));
    expect({ uid, mode: (mode & 0o7777).toString(8) }).toEqual({ uid: 65534, mode: "755" });
  });
});
