import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type Difference, openJournal } from "../../src/library/index.ts";
import { hasJournal } from "../../src/store/pointer.ts";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { type Ended, OUR_BIN, theirs } from "../support/executables.ts";

/** For hangs only: nothing is measured with it. */
const LIMIT_MS = 20_000;

export const IDLE = "#!/bin/sh\nexec sleep 1000\n";

/** A pid namespace of its own, with our s6-svscan as process 1; the namespace dies with unshare. */
export const AS_PID_1 = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

export interface Scan {
  readonly scandir: string;
  readonly process: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What came on stderr so far. */
  stderr(): string;
  /** The C s6-svscanctl. */
  control(letters: string): void;
  /** Waits, with the C s6-svwait, until the services are up. */
  up(...names: string[]): void;
  path(...names: string[]): string;
}

export interface ScanOptions {
  /** Where the s6-svscan is that runs the tree: ours, unless it says something else. */
  readonly bin?: string;
  /** s6-svscan, or what becomes it. */
  readonly program?: string;
  readonly args?: readonly string[];
  /** Command that runs s6-svscan. */
  readonly before?: readonly string[];
  readonly stdio?: readonly ("pipe" | "ignore" | number)[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Files that may say something else than the journal when the tree is over, because the test sees to that. */
  readonly unlike?: readonly Difference["file"][];
}

/**
 * Starts s6-svscan on a new scan directory with these files, and waits until it says on descriptor 3 that it is
 * ready. Stopped when the test is over.
 */
export async function scan(files: Readonly<Record<string, string>>, options: ScanOptions = {}): Promise<Scan> {
  const scandir = makeTempDirectory();
  writeTree(scandir, files);
  return scanIn(scandir, options);
}

export async function scanIn(scandir: string, { bin = OUR_BIN, program = "s6-svscan", args = [], before = [], stdio = [], environment, unlike = [] }: ScanOptions = {}): Promise<Scan> {
  const [command = "", ...rest] = [...before, join(bin, program), "-d", "3", ...args, scandir];
  const [stdout = "pipe", stderr = "pipe", ...more] = stdio;
  const child = spawn(command, rest, {
    stdio: ["ignore", stdout, stderr, "pipe", ...more],
    env: { ...process.env, ...environment },
    detached: true,
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => void (texts.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => void (texts.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, ...texts }));
  });
  let isOver = false;
  child.once("exit", () => (isOver = true));
  onTestFinished(async () => {
    if (!isOver) child.kill("SIGQUIT"); // loggers are told, too
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
    const { signal } = await ended;
    clearTimeout(timer);
    if (signal === null) await expectProjections(scandir, unlike); // killed: what was not committed, the files may have
  });
  // Whatever runs it may keep the descriptor open, so then its end says nothing.
  await ready(child, before.length === 0, () => texts.stderr);
  return {
    scandir,
    process: child,
    pid: child.pid ?? -1,
    ended,
    stderr: () => texts.stderr,
    control: (letters) => expect(theirs("s6-svscanctl", `-${letters}`, scandir)).toMatchObject({ exitCode: 0 }),
    up(...names) {
      for (const name of names) waitForUp(join(scandir, name));
    },
    path: (...names) => join(scandir, ...names),
  };
}

/** The files of every service are a projection of the journal: s6-svhistory --verify finds nothing. */
async function expectProjections(scandir: string, unlike: readonly Difference["file"][]): Promise<void> {
  if (!hasJournal(join(scandir, ".s6-svscan", "journal"))) return;
  const journal = openJournal(scandir);
  const found = journal.services.flatMap((service) => service.verify());
  expect(found.filter(({ file }) => !unlike.includes(file)), scandir).toEqual([]);
  await journal.close();
}

function ready(child: ChildProcess, isClosed: boolean, stderr: () => string): Promise<void> {
  const notification = child.stdio[3];
  if (notification === null || notification === undefined || !("once" in notification)) throw new Error("no pipe");
  return new Promise((resolve, reject) => {
    let text = "";
    notification.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      if (!isClosed && text === "\n") resolve();
    });
    notification.once("end", () => {
      if (text === "\n") resolve();
      else reject(new Error(`s6-svscan is not ready: ${JSON.stringify(text)} ${stderr()}`));
    });
    child.once("error", reject);
  });
}

/** s6-svwait wants a supervisor and its first status file: retried until both are there. */
export function waitForUp(servicedir: string): void {
  const isUp = (): boolean => theirs("s6-svwait", "-u", "-t", String(LIMIT_MS), servicedir).exitCode === 0;
  untilTrue(() => isSupervised(servicedir) && isUp(), `${servicedir} is up`);
}

/** Spins on processes of their own: each look costs a process, which is pause enough. */
function untilTrue(condition: () => boolean, what: string): void {
  const limit = performance.now() + LIMIT_MS;
  while (!condition()) if (performance.now() > limit) throw new Error(`never: ${what}`);
}

/** Waits for a state of the world that no event tells. */
export const eventually = (look: () => unknown) => expect.poll(look, { timeout: LIMIT_MS, interval: 20 });

export const isSupervised = (servicedir: string): boolean => theirs("s6-svok", servicedir).exitCode === 0;

/** It is supervised, and has its first status file, which s6-svwait and others want. */
export const isThere = (servicedir: string): boolean => theirs("s6-svstat", servicedir).exitCode === 0;

/** -1 when it is not up, or nobody supervises it. */
export function pidOf(servicedir: string): number {
  const { exitCode, stdout } = theirs("s6-svstat", "-o", "pid", servicedir);
  return exitCode === 0 ? Number(stdout) : -1;
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie is dead enough.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** What a descriptor of a process leads to: `pipe:[123]`. */
export const leadsTo = (pid: number, fd: number): string => readlinkSync(`/proc/${pid}/fd/${fd}`);

export function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
