import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Debian's execline, whose programs are not in PATH. */
export const EXECLINE_BIN = "/usr/lib/execline/bin";

/** For hangs only. */
const LIMIT_MS = 30_000;

export interface PeerOutcome {
  readonly exitCode: number | null;
  /** Each character stands for a byte. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface PeerCircumstances {
  readonly cwd?: string;
  /** The whole environment: a program that is to find others needs PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs a C program of execline. */
export const execline = (program: string, args: readonly string[], circumstances: PeerCircumstances = {}): PeerOutcome =>
  started(join(EXECLINE_BIN, program), args, circumstances);

function started(file: string, args: readonly string[], { cwd, env = {}, stdin = "" }: PeerCircumstances): PeerOutcome {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, env, input: stdin, encoding: "latin1", timeout: LIMIT_MS });
  if (error !== undefined) throw error;
  return { exitCode: status, stdout, stderr };
}

/** For each case: runs the program with its words. */
const BATCH = `
while IFS= read -r -d "" count; do
  words=()
  while (( count-- > 0 )); do IFS= read -r -d "" word; words+=("$word"); done
  said=$("$0" "\${words[@]}" 2>&1 < /dev/null)
  printf '%s\\0%s\\0' $? "$said"
done`;

/**
 * Many runs of `file`, which is much faster than one by one: exit code, and what was printed on both streams, without
 * newlines at the end. Words are byte strings.
 */
export function batch(file: string, cases: readonly (readonly string[])[], circumstances: PeerCircumstances = {}): (readonly [exitCode: number, said: string])[] {
  const stdin = cases.map((words) => [words.length, ...words].map((word) => `${word}\0`).join("")).join("");
  const { stdout } = started("/bin/bash", ["--norc", "-c", BATCH, file], {
    ...circumstances, env: { LC_ALL: "C", ...circumstances.env }, stdin,
  });
  const fields = stdout.split("\0");
  return cases.map((_, index) => [Number(fields[2 * index]), fields[2 * index + 1] ?? ""]);
}
