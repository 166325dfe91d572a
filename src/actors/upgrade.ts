import { accessSync, constants } from "node:fs";
import { join, resolve } from "node:path";
import { Piscina } from "piscina";
import type { WaitStatus } from "../formats/wait-status.ts";
import { exitCode, termSignal } from "../formats/wait-status.ts";
import { RECORD_VERSION } from "../store/upcast.ts";
import { SystemError } from "../sys/errors.ts";
import { AT_FDCWD, closeFd, devNull, pipe, readFd, setNonblock } from "../sys/files.ts";
import { launch } from "../sys/launch.ts";
import { packageRoot } from "../sys/package-root.ts";
import { spawn, spawnFlags, spawnOut } from "../sys/process.ts";
import { LEDGER_VERSION } from "./ledger-file.ts";
import type { WorkerTask } from "./protocol.ts";

/**
 * Upgrade in place: the process becomes the program that its name leads to now. A program that is missing, does not
 * start or can't read what this one wrote must not cost the running tree, so it is tried before: the new one, asked to
 * test itself, loads its native part, runs a worker thread and tells which formats it understands.
 */
export const SELF_TEST = "--self-test";
const FORMATS = [LEDGER_VERSION, RECORD_VERSION] as const;
const HEAD = "s6-actors formats";
const DIFFERS = "differs: ";
const ANSWER_BYTES = 2048;

/** The new program's side: prints what it understands and exits; whatever fails makes another exit code. */
export async function selfTest(journalDir: string | null, print: (text: string) => void): Promise<void> {
  const pool = new Piscina<WorkerTask, string | null>({
    filename: join(packageRoot, "dist", "actors", "worker.cjs"),
    minThreads: 1,
    maxThreads: 1,
  });
  const difference = await pool.run({ type: "test", journalDir });
  print(`${HEAD} ${FORMATS.join(" ")}\n`);
  if (difference !== null) print(`${DIFFERS}${difference}\n`);
}

/** Absolute path of the program that this one was started by: another version may stand there now. */
export function ownProgram(startDir: string): string {
  const name = launch.argv0 ?? "s6-svscan";
  if (name.includes("/")) return resolve(startDir, name);
  for (const directory of (process.env["PATH"] ?? "").split(":")) {
    const path = resolve(startDir, directory, name);
    if (directory !== "" && isExecutable(path)) return path;
  }
  return join(packageRoot, "bin", "s6-svscan");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A test under way: its pid, and what it comes to when that pid has been reaped. */
export interface UpgradeTest {
  readonly pid: number;
  verdict(status: WaitStatus): Verdict;
}

export interface Verdict {
  /** Why it can't be. */
  readonly objection: string | null;
  /** What it would have decided otherwise. */
  readonly difference: string | null;
}

/** @throws SystemError when there is no such program, or no room for another process */
export function testProgram(program: string, journalDir: string | null): UpgradeTest {
  const [read, write] = pipe();
  setNonblock(read, true);
  const out = spawnOut();
  try {
    const stdio = new Map([[0, devNull()], [1, write], [2, 2]]);
    const pid = spawn(AT_FDCWD, program, [program, SELF_TEST, ...(journalDir === null ? [] : [journalDir])], stdio, spawnFlags({ setsid: false, newPidNamespace: false }), out);
    closeFd(out[1] ?? -1);
    return { pid, verdict: (status) => judge(status, readAnswer(read)) };
  } catch (error) {
    closeFd(read);
    throw error;
  } finally {
    closeFd(write);
  }
}

function readAnswer(fd: number): string {
  const bytes = new Uint8Array(ANSWER_BYTES);
  try {
    const count = readFd(fd, bytes);
    return count === "again" ? "" : Buffer.from(bytes.subarray(0, count)).toString("latin1");
  } catch (error) {
    if (error instanceof SystemError) return "";
    throw error;
  } finally {
    closeFd(fd);
  }
}

function judge(status: WaitStatus, answer: string): Verdict {
  const [head = "", second = ""] = answer.split("\n");
  const difference = second.startsWith(DIFFERS) ? second.slice(DIFFERS.length) : null;
  return { objection: objectionTo(status, head) ?? null, difference };
}

function objectionTo(status: WaitStatus, answer: string): string | undefined {
  if (termSignal(status) !== 0) return `it dies of signal ${termSignal(status)}`;
  if (exitCode(status) !== 0) return `it exits with ${exitCode(status)}`;
  if (!answer.startsWith(`${HEAD} `)) return "it is no s6-svscan of this suite";
  const [ledger = 0, records = 0] = answer.slice(HEAD.length).trim().split(" ").map(Number);
  if (ledger !== LEDGER_VERSION) return `it has another ledger (version ${ledger}, not ${LEDGER_VERSION})`;
  if (records < RECORD_VERSION) return `it is too old for the journal (records of version ${records}, not ${RECORD_VERSION})`;
  return undefined;
}
