import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { client, listed, startHolder } from "../support/holders.ts";
import { descriptorsOf, restingDescriptorsOf } from "../support/servers.ts";
import { eventually } from "./svscan-tree.ts";

const STORE = 's6-fdholder-store "$S"';

describe("s6-fdholderd in a host", () => {
  test("holds descriptors in a thin process, and gives them back, to C's clients", async () => {
    const holder = await startHolder();
    const before = await restingDescriptorsOf(holder.pid);
    expect(client(holder, `echo hello >f; exec <f; ${STORE} id`)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    await eventually(() => descriptorsOf(holder.pid).length).toBe(before.length + 1);
    expect(listed(holder)).toEqual(["id"]);
    expect(client(holder, 's6-fdholder-retrieve "$S" id cat').stdout).toBe("hello\n");
    expect(client(holder, `${STORE} id </dev/null`)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("Device or resource busy") });
    expect(client(holder, 's6-fdholder-delete "$S" id').exitCode).toBe(0);
    expect(client(holder, 's6-fdholder-retrieve "$S" id true')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("No such file or directory") });
    await eventually(() => descriptorsOf(holder.pid)).toEqual(before);
    expect(readFileSync(`/proc/${holder.pid}/comm`, "utf8")).toBe("s6-fdholderd\n");
  });

  test("exits with the code that C's has: 0 empty, 1 when it still held something", async () => {
    const [empty, full] = [await startHolder(), await startHolder()];
    client(full, `${STORE} id </dev/null`);
    for (const holder of [empty, full]) holder.process.kill("SIGTERM");
    expect([await empty.ended, await full.ended]).toMatchObject([{ exitCode: 0, stderr: "" }, { exitCode: 1, stderr: "" }]);
  });

  test("lets go of what has expired, here and in the thin process", async () => {
    const holder = await startHolder();
    const before = await restingDescriptorsOf(holder.pid);
    client(holder, `${STORE} for-ever </dev/null; s6-fdholder-store -T 300 "$S" soon </dev/null`);
    await eventually(() => listed(holder)).toEqual(["for-ever"]);
    await eventually(() => descriptorsOf(holder.pid).length).toBe(before.length + 1);
  });

  test("holds no more than the thin process has room for", async () => {
    const holder = await startHolder({ before: ["sh", "-c", 'ulimit -n 40; exec "$0" "$@"'] });
    const script = `n=0; while ${STORE} $n </dev/null 2>err; do n=$((n+1)); done; cat err`;
    expect(client(holder, `cd ${holder.dir}; ${script}`).stdout).toContain("Too many open files in system");
    expect(listed(holder).length).toBeGreaterThan(10);
    expect(descriptorsOf(holder.pid).length).toBeLessThan(40);
  });

  test("takes a dump, and gives it to another", async () => {
    const [one, other] = [await startHolder({ options: ["-n", "2000"] }), await startHolder({ options: ["-n", "2000"] })];
    client(one, `i=0; while test $i -lt 200; do ${STORE} id$i </dev/null; i=$((i+1)); done`);
    expect(client(one, `s6-fdholder-transferdump "$S" ${other.path}`)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(listed(other).sort()).toEqual(listed(one).sort());
    expect(listed(other)).toHaveLength(200);
  });
});
