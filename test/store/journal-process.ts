import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buildSync } from "esbuild";
import { afterAll, beforeAll } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "dist/test-store");
const bundle = join(folder, `journal-process.${process.pid}.mjs`);

/** Bundles the fixture program for the tests of this file. */
export function useJournalProcess(): void {
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    buildSync({
      entryPoints: [join(import.meta.dirname, "fixtures/journal-process.ts")],
      outfile: bundle, bundle: true, format: "esm", platform: "node", target: "node20", external: ["lmdb", "msgpackr"],
    });
  });
  afterAll(() => rmSync(bundle, { force: true }));
}

export interface JournalProcess {
  readonly child: ChildProcess;
  /** Lines as they come; ends with the process. */
  readonly lines: AsyncIterable<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }>;
}

export function startJournalProcess(...args: readonly string[]): JournalProcess {
  const child = spawn(process.execPath, [bundle, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => {
    stderr += text.toString();
  });
  const ended = new Promise<Awaited<JournalProcess["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stderr }));
  });
  return { child, lines: createInterface({ input: child.stdout }), ended };
}
