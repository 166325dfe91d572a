import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { C_BIN } from "./c-tree.ts";
import { OUR_BIN } from "./executables.ts";

/** For hangs only. */
const LIMIT_MS = 20_000;

export interface Outcome {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Each character stands for a byte. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly cwd: string;
  /** Variables, besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a script of bash in which $BIN holds the programs. */
export function chainWith(bin: string, { cwd, env = {} }: Circumstances, script: string, ...args: readonly string[]): Outcome {
  const { status, signal, stdout, stderr, error } = spawnSync("/bin/bash", ["--norc", "-c", script, "bash", ...args], {
    cwd, timeout: LIMIT_MS, encoding: "latin1", env: { ...env, BIN: bin, PATH: `${bin}:/usr/bin:/bin`, LC_ALL: "C" },
  });
  if (error !== undefined) throw error;
  return { exitCode: status, signal, stdout, stderr };
}

/** The synopses of the old programs are not those of 2.15, and the places of the programs are their own. */
const comparable = ({ stdout, stderr, ...rest }: Outcome): Outcome => ({
  ...rest,
  stdout: stdout.replaceAll(OUR_BIN, C_BIN).split("\0").sort().join("\0"),
  stderr: stderr.replace(/: usage: .*/, ": usage").replaceAll(/^s6-fghack: warning: this program is obsolescent.*\n/gm, ""),
});

/** Both do the same; output that is an environment may be in any order. Answers what C's do. */
export function sameChain(circumstances: Circumstances, script: string, ...args: readonly string[]): Outcome {
  const theirs = comparable(chainWith(C_BIN, circumstances, script, ...args));
  expect(comparable(chainWith(OUR_BIN, circumstances, script, ...args)), `${script} ${args.join(" ")}`).toEqual(theirs);
  return theirs;
}

/**
 * For the end of a chain: what a process has, but for its environment. Descriptors with their flags and what they are open
 * on; whether it leads its session and its group, and whether that is in the foreground.
 */
export const STATE = `sh -c '
  sed -n -E "/^(Sig(Blk|Ign|Cgt|Pnd)|ShdPnd|Uid|Gid|Groups|CapEff|NoNewPrivs)/p" /proc/self/status
  cat /proc/$$/limits; umask; pwd; echo "$0 $*"
  cd /proc/$$/fd; for fd in *; do test -e $fd && echo $fd $(readlink $fd | sed "s/[0-9][0-9]*/N/g") $(grep flags ../fdinfo/$fd); done
  set -- $(sed "s/.*) //" /proc/$$/stat)
  for id in $3 $4 $6; do test $id = $$ && echo yes || echo no; done
' "argv 0" arg`;
