import { spawn, spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { makeTempDirectory } from "./c-tree.ts";
import { OUR_BIN } from "./executables.ts";
import { type Home, isThin as isThinProcess, offerHost } from "./hosts.ts";

export interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Content of each logdir in order, of its parts, and of other files. */
  readonly files: Readonly<Record<string, string>>;
}

export const isArchive = (name: string): boolean => /^@[0-9a-f]{24}\.[su]$/.test(name);
export const archives = (dir: string): string[] => readdirSync(dir).filter(isArchive).sort();
const withoutStamps = (text: string): string =>
  text.replaceAll(/@[0-9a-f]{24}/g, "@STAMP").replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}/g, "TIME");

/** What is in a directory: archives and current of a logdir as one text, with the mode of current. */
function contents(dir: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name);
    if (!statSync(path).isDirectory()) {
      found[name] = withoutStamps(readFileSync(path, "latin1"));
      continue;
    }
    const names = readdirSync(path).sort();
    const parts = [...names.filter(isArchive), "current"].map((part) => readFileSync(join(path, part), "latin1"));
    found[`${name}/`] = withoutStamps(parts.join(""));
    found[`${name}/current`] = (statSync(join(path, "current")).mode & 0o777).toString(8);
    found[`${name}/others`] = names.filter((part) => !isArchive(part)).join();
  }
  return found;
}

/** A pipe with that input, and its end, from another process. */
function pipeOf(input: Uint8Array | string): number {
  const dir = makeTempDirectory();
  const [fifo, file] = [join(dir, "fifo"), join(dir, "input")];
  writeFileSync(file, input);
  if (spawnSync("mkfifo", [fifo]).status !== 0) throw new Error("mkfifo failed");
  spawn("/bin/sh", ["-c", `exec cat ${file} >${fifo}`], { stdio: ["ignore", "ignore", "ignore"] });
  return openSync(fifo, "r");
}

/** Runs a logger to its end. */
export function log(bin: string, words: readonly string[], input: Uint8Array | string, dir = makeTempDirectory(), home: Home = "alone"): Outcome {
  const options = { cwd: dir, timeout: 20_000, encoding: "latin1", maxBuffer: 1e9 } as const;
  if (home === "hosted") offerHost();
  const stdin = home === "hosted" ? pipeOf(input) : undefined;
  const { status, stdout, stderr } = spawnSync(join(bin, "s6-log"), words, stdin === undefined ? { ...options, input } : { ...options, stdio: [stdin, "pipe", "pipe"] });
  if (stdin !== undefined) closeSync(stdin);
  return { exitCode: status, stdout: withoutStamps(stdout), stderr: withoutStamps(stderr), files: contents(dir) };
}

export interface RunningLogger {
  readonly dir: string;
  readonly pid: number;
  readonly isThin: boolean;
  write(text: string): void;
  end(): void;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null; stderr: string }>;
}

/** One that runs, and is ready: its stdin is a FIFO that stays open. */
export async function runningLogger(words: readonly string[], dir = makeTempDirectory(), home: Home = "alone", command: readonly string[] = []): Promise<RunningLogger> {
  if (home !== "alone") offerHost();
  const fifo = join(makeTempDirectory(), "fifo");
  if (spawnSync("mkfifo", [fifo]).status !== 0) throw new Error("mkfifo failed");
  const stdin = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  let writer: number | undefined = openSync(fifo, "w");
  const [file = "", ...args] = [...command, join(OUR_BIN, "s6-log"), "-d", "3", ...words];
  const child = spawn(file, args, { cwd: dir, stdio: [stdin, "pipe", "pipe", "pipe"] });
  closeSync(stdin);
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  const end = (): void => {
    if (writer !== undefined) closeSync(writer);
    writer = undefined;
  };
  onTestFinished(() => {
    child.kill("SIGKILL");
    end();
  });
  const ended = new Promise<Awaited<RunningLogger["ended"]>>((resolve) => child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stderr })));
  await new Promise<void>((resolve, reject) => {
    child.stdio[3]?.once("data", () => resolve());
    child.once("close", () => reject(new Error(stderr)));
  });
  const { pid = -1 } = child;
  const isThin = isThinProcess(pid);
  if (home === "hosted" && !isThin) throw new Error("the logger runs by itself");
  return { dir, pid, isThin, write: (text) => void writeSync(writer ?? -1, text), end, kill: (signal) => void child.kill(signal), ended };
}
