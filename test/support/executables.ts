import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { C_BIN } from "./c-tree.ts";

/** The executables that the build makes. */
export const OUR_BIN = join(import.meta.dirname, "..", "..", "bin");

export interface Ended {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** For hangs only: spawnSync stops everything else, the limit of vitest too. */
const LIMIT_MS = 20_000;

/** Runs an executable to its end. */
export function run(bin: string, program: string, ...args: readonly string[]): Ended {
  const { status, signal, stdout, stderr, error } = spawnSync(join(bin, program), args, {
    encoding: "utf8",
    timeout: LIMIT_MS,
  });
  if (error !== undefined) throw error;
  return { exitCode: status, signal, stdout, stderr };
}

export const ours = (program: string, ...args: readonly string[]): Ended => run(OUR_BIN, program, ...args);
export const theirs = (program: string, ...args: readonly string[]): Ended => run(C_BIN, program, ...args);

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts an executable that will wait for something; killed when the test is over. */
function start(bin: string, program: string, ...args: readonly string[]): Running {
  const child = spawn(join(bin, program), args, { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => void (stdout += text));
  child.stderr.setEncoding("latin1").on("data", (text: string) => void (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { process: child, ended };
}

export const startOurs = (program: string, ...args: readonly string[]): Running => start(OUR_BIN, program, ...args);
export const startTheirs = (program: string, ...args: readonly string[]): Running => start(C_BIN, program, ...args);
