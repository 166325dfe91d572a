import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Journal, JournalError, openJournal, toDate, toTai64n } from "../../src/library/index.ts";
import { IDLE, makeTempDirectory } from "../support/c-tree.ts";
import { ours } from "../support/executables.ts";
import { eventually, type Scan, scan } from "./svscan-tree.ts";

const ROOT = join(import.meta.dirname, "..", "..");

async function opened(): Promise<{ tree: Scan; journal: Journal }> {
  const tree = await scan({ "a/run": IDLE, "b/run": "#!/bin/sh\nexit 7\n", "c/run": IDLE, "c/down": "", "c/log/run": "#!/bin/sh\nexec cat\n" });
  tree.up("a");
  await eventually(() => ours("s6-svhistory", "-k", "death", tree.path("b")).stdout.split("\n").length).toBeGreaterThan(2);
  const journal = openJournal(tree.scandir);
  onTestFinished(() => journal.close());
  return { tree, journal };
}

describe("the journal of a tree that runs", () => {
  test("has all services, by name", async () => {
    const { tree, journal } = await opened();
    expect(journal.services.map(({ name }) => name).sort()).toEqual(["a", "b", "c", "c/log"]);
    expect(journal.service("a")?.directory).toBe(tree.path("a"));
    expect(journal.service("nobody")).toBeUndefined();
  });

  test("tells what happened as s6-svhistory does, chosen in the same ways", async () => {
    const { tree, journal } = await opened();
    const b = journal.service("b");
    const lines = ours("s6-svhistory", "--json", "-k", "death", tree.path("b")).stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as object);
    const deaths = b?.transitions({ kinds: ["death"] }).slice(0, lines.length) ?? [];
    expect(lines).toMatchObject(deaths.map((told) => ({ ...told, at: toTai64n(told.at), service: "b" })));
    expect(b?.transitions({ last: 2 })).toHaveLength(2);
    expect(b?.transitions({ until: "1h" })).toEqual([]);
    expect(b?.transitions({ since: new Date(Date.now() - 3_600_000) }).length).toBeGreaterThan(3);
    const all = journal.transitions().map(({ at }) => at);
    expect(all).toEqual([...all].sort());
  });

  test("has figures, spans, states of the past, deaths, and the reason why", async () => {
    const { journal } = await opened();
    const [a, b] = [journal.service("a"), journal.service("b")];
    expect(b?.stats()).toMatchObject({ orderedStops: 0, endings: { "exit 7": expect.any(Number) as number } });
    expect(a?.spans().at(-1)).toMatchObject({ phase: "up" });
    expect(a?.at(new Date())).toMatchObject({ phase: "up", state: "up.unready" });
    expect(a?.at("1h")).toBeUndefined();
    expect(b?.deaths()[0]).toMatchObject({ exitCode: 7, signal: 0 });
    expect(b?.why()).toMatchObject({ wanted: "up", lastDeath: { exitCode: 7, ordered: false } });
    expect(a?.replay()).toMatchObject({ type: "same", lives: 1 });
    expect(a?.verify()).toEqual([]);
    const [first] = a?.records() ?? [];
    expect(first).toMatchObject({ kind: "start" });
    expect(Math.abs(toDate(a?.spans()[0]?.from ?? ("" as never)).getTime() - Date.now())).toBeLessThan(600_000);
  });

  test("is followed: what comes is told as it comes, until somebody says stop", async () => {
    const { tree, journal } = await opened();
    const stop = new AbortController();
    const heard: string[] = [];
    const listening = (async () => {
      for await (const { service, text } of journal.follow({ kinds: ["command"] }, stop.signal)) {
        heard.push(`${service}: ${text}`);
        if (heard.length === 2) stop.abort();
      }
    })();
    ours("s6-svc", "-c", tree.path("a"));
    ours("s6-svc", "-o", tree.path("c"));
    await listening;
    expect(heard).toEqual(["a: s6-svc -c: continue: send SIGCONT", "c: s6-svc -o: once: start if down, do not restart"]);
  });

  test("refuses a time that is none, and a place without a journal", async () => {
    const { journal } = await opened();
    expect(() => journal.transitions({ since: "yesterday" })).toThrow(new RangeError("invalid time: yesterday"));
    expect(() => openJournal(makeTempDirectory())).toThrow(JournalError);
  });

  test.each([
    ["import", `import { openJournal } from "s6-actors"; const journal = openJournal(process.argv[1]); console.log(journal.service("a").why().state); await journal.close();`],
    ["require", `const { openJournal } = require("s6-actors"); const journal = openJournal(process.argv[1]); console.log(journal.service("a").why().state); journal.close();`],
  ])("comes with the package, by %s", async (how, script) => {
    const { tree } = await opened();
    const type = how === "import" ? ["--input-type=module"] : ["--input-type=commonjs"];
    const { stdout } = await promisify(execFile)(process.execPath, [...type, "-e", script, tree.scandir], { cwd: ROOT });
    expect(stdout).toBe("up.unready\n");
  });
});
