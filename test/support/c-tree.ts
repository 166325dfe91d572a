import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished, vi } from "vitest";

/** The C programs of s6, whatever the PATH of the tests says. */
export const C_BIN = "/usr/bin";
const ENV = { ...process.env, PATH: `${C_BIN}:/bin` };
/** Real supervisors on a machine that may be busy. */
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });
/** For hangs only: nothing is measured with it. */
const LIMIT_MS = "20000";

/** A new directory that goes when the test is over. */
export function makeTempDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "s6-actors-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes files below `directory`, making what is missing; scripts (`#!`) become executable. */
export function writeTree(directory: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (content.startsWith("#!")) chmodSync(path, 0o755);
  }
}

/** A ./run that does nothing and is fast to stop. */
export const IDLE = "#!/bin/sh\nexec sleep 1000\n";
/** The same, with readiness on descriptor 3. */
export const IDLE_READY = "#!/bin/sh\necho >&3\nexec 3>&-\nexec sleep 1000\n";

/** Runs a C program to its end and answers its output; throws if it fails. */
export function c(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(join(C_BIN, program), args, { encoding: "utf8", env: ENV });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: exit ${status}: ${stderr}`);
  return stdout;
}

/** Runs a C program and waits until the service has said what matches; the listener subscribes first. */
export function untilHeard(servicedir: string, regexp: string, program: string, ...args: readonly string[]): void {
  c("s6-ftrig-listen1", "-t", LIMIT_MS, join(servicedir, "event"), regexp, join(C_BIN, program), ...args);
}

export interface CSupervisor {
  readonly servicedir: string;
  /** SIGKILL: says nothing to listeners, leaves the service running until the end of the test. */
  kill(): void;
}

/**
 * Starts the C s6-supervise on a directory and waits for `until`, a letter of event/: by default u, or s when there
 * is a down file. Stopped, with its service, when the test is over.
 */
export async function superviseWithC(
  servicedir: string,
  files: Readonly<Record<string, string>> = { run: IDLE },
  until = "down" in files ? "s" : "u",
): Promise<CSupervisor> {
  writeTree(servicedir, files);
  const event = join(servicedir, "event");
  c("s6-mkfifodir", event);
  const group = await startUntil(event, until, ["s6-supervise", servicedir]);
  onTestFinished(() => stop(servicedir, group));
  return { servicedir, kill: () => killGroup(group) };
}

/** Starts the C s6-svscan on a directory and waits until it is ready for commands. */
export async function scanWithC(scandir: string): Promise<void> {
  mkdirSync(scandir, { recursive: true });
  const scanner = spawn(join(C_BIN, "s6-svscan"), ["-d", "3", scandir], {
    env: ENV,
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const exited = new Promise<void>((resolve) => scanner.once("exit", () => resolve()));
  const notification = scanner.stdio[3];
  if (notification === null || notification === undefined) throw new Error("no notification pipe");
  await new Promise<void>((resolve, reject) => {
    notification.once("data", () => resolve());
    scanner.once("error", reject);
    scanner.once("exit", (code) => reject(new Error(`s6-svscan: exit ${code}`)));
  });
  notification.destroy();
  onTestFinished(async () => {
    scanner.kill("SIGTERM"); // stops every service, then exits
    await exited;
  });
}

/**
 * Runs a program in a process group of its own; resolves with the group when the fifodir has said a letter. The
 * listener subscribes before it starts the program.
 */
function startUntil(fifodir: string, letter: string, command: readonly string[]): Promise<number> {
  const listener = spawn(join(C_BIN, "s6-ftrig-listen1"), ["-t", LIMIT_MS, fifodir, letter, ...command], {
    env: ENV,
    detached: true,
    stdio: "ignore",
  });
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.once("exit", (code) => {
      if (code === 0 && listener.pid !== undefined) resolve(listener.pid);
      else reject(new Error(`${command.join(" ")}: no ${letter} in ${fifodir} (${code})`));
    });
  });
}

function stop(servicedir: string, group: number): void {
  const alive = spawnSync(join(C_BIN, "s6-svok"), [servicedir]).status === 0;
  if (alive) untilHeard(servicedir, "x", "s6-svc", "-xd", servicedir);
  killGroup(group);
}

function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
