import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { C_BIN } from "./c-tree.ts";
import { OUR_BIN } from "./executables.ts";

/** For hangs only. */
const LIMIT_MS = 20_000;

export interface Said {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of bash in which $BIN holds the programs: ours, or C's. */
export function shellWith(bin: string, cwd: string, script: string, ...args: readonly string[]): Said {
  const env = { ...process.env, BIN: bin, PATH: `${bin}:/usr/bin:/bin` };
  const { status, stdout, stderr, error } = spawnSync("/bin/bash", ["-c", script, "bash", ...args], { cwd, encoding: "utf8", timeout: LIMIT_MS, env });
  if (error !== undefined) throw error;
  return { exitCode: status, stdout, stderr };
}

/** The same with both: they must say the same. Answers what that is. */
export function twins(cwd: string, script: string, ...args: readonly string[]): Said {
  const theirs = shellWith(C_BIN, cwd, script, ...args);
  expect(shellWith(OUR_BIN, cwd, script, ...args), script).toEqual(theirs);
  return theirs;
}

/**
 * What a process has, in a form that two runs share. The lowest free number is among the descriptors: the shell looks
 * itself, and no pipe of its own comes and goes.
 */
export const WHAT_IT_HAS = 'grep -E "Sig(Ign|Blk|Cgt)" /proc/self/status; cd /proc/$$/fd; echo fds *; cd "$OLDPWD"; ulimit -Sn; umask; pwd; env | sort | grep -v -E "^(BIN|PATH|_|PWD|OLDPWD|SHLVL)="';
