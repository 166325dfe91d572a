import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { C_BIN } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { isThin } from "../support/hosts.ts";
import { lines, PLACE, send, start } from "../support/socklogs.ts";
import { eventually } from "./svscan-tree.ts";

const HOSTED = { home: "hosted" } as const;
const DIGITS = "0123456789".repeat(200);

describe("s6-socklog in a host", () => {
  test.each<[string, string[], string[]]>([
    ["ends, NULs and newlines", [], ["a", "b\n", "c\0", "d\n\0\n", "e\nf\0g", "\n", "\0\0", " ", "\xff\xfe\t"]],
    ["codes", [], ["<13>x", "<30>y\n", "<191>", "<9999>x", "<>x", "<1x>x"]],
    ["too long ones", ["-rl100"], [`<13>${DIGITS.slice(0, 96)}`, `<13>${DIGITS.slice(0, 97)}`]],
    ["great ones", ["-l", "4294967295"], ["x".repeat(60_000), "y".repeat(100_000)]],
  ])("makes the lines that C's makes of %s", async (_name, words, datagrams) => {
    expect(await lines(OUR_BIN, words, datagrams, "hosted")).toBe(await lines(C_BIN, words, datagrams));
  });

  test("is a thin process that says when it is ready, lets go of stdin, and works in its own directory with its own umask", async () => {
    const before = ["sh", "-c", `umask 077; exec "$0" "$@"`];
    const [one, other] = [await start(OUR_BIN, PLACE, { ...HOSTED, before }), await start(OUR_BIN, PLACE, HOSTED)];
    expect([isThin(one.pid), isThin(other.pid)]).toEqual([true, true]);
    expect(one.notified).toBe("\n");
    expect(readFileSync(`/proc/${one.pid}/comm`, "utf8")).toBe("s6-socklog\n");
    expect(["s", "s.lock"].map((name) => statSync(join(one.dir, name)).mode.toString(8))).toEqual(["140777", "100600"]);
    const refused = once(one.process.stdin ?? one.process, "error");
    one.process.stdin?.write("is anybody there?");
    expect(await refused).toMatchObject([{ code: "EPIPE" }]);
    send(one, "for one");
    send(other, "for the other");
    await eventually(one.stdout).toBe("for one\n");
    await eventually(other.stdout).toBe("for the other\n");
    one.process.kill("SIGTERM");
    expect(await one.ended).toEqual({ exitCode: 0, stderr: "" });
    expect(() => send(one, "nobody")).toThrow();
    expect(existsSync(join(one.dir, "s"))).toBe(true);
  });

  test("finds a place taken by a neighbour in the same host, and takes it when that is gone", async () => {
    const first = await start(OUR_BIN, PLACE, HOSTED);
    const second = await start(OUR_BIN, PLACE, { ...HOSTED, dir: first.dir });
    expect(await second.ended).toEqual({ exitCode: 111, stderr: "s6-socklog: fatal: unable to bind socket to s: Device or resource busy\n" });
    first.process.kill("SIGKILL");
    await first.ended;
    await eventually(async () => {
      const third = await start(OUR_BIN, PLACE, { ...HOSTED, dir: first.dir });
      return third.notified;
    }).toBe("\n");
  });

  test("fails with what C's says when its reader is gone, or its options are wrong", async () => {
    const daemon = await start(OUR_BIN, PLACE, HOSTED);
    daemon.process.stdout?.destroy();
    send(daemon, "hello");
    expect(await daemon.ended).toEqual({ exitCode: 111, stderr: "s6-socklog: fatal: unable to write to stdout: Broken pipe\n" });
    const wrong = await start(OUR_BIN, ["-q"], HOSTED);
    expect(await wrong.ended).toMatchObject({ exitCode: 100, stderr: expect.stringContaining("s6-socklog: usage:") });
  });

  test("that becomes somebody else has a process of its own", async () => {
    const daemon = await start(OUR_BIN, [...PLACE, "-u", "1000"], HOSTED);
    expect(isThin(daemon.pid)).toBe(false);
    send(daemon, "heard");
    await eventually(daemon.stdout).toBe("heard\n");
  });
});
