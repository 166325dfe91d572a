import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { makeTempDirectory } from "./c-tree.ts";
import type { Outcome } from "./chains.ts";
import { OUR_BIN } from "./executables.ts";
import { EXECLINE_BIN } from "./execline-peer.ts";

/** For hangs only. */
const LIMIT_MS = 20_000;

export interface ScriptCircumstances {
  readonly cwd?: string;
  /** Variables, besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Byte string. */
  readonly stdin?: string;
  /** Of bash, in front of the script. */
  readonly before?: string;
}

/** Runs a script of execline, split into words by Debian's execlineb; its programs are those of `bin`. */
export function scriptWith(bin: string, script: string, { cwd = makeTempDirectory(), env = {}, stdin = "", before = "" }: ScriptCircumstances = {}): Outcome {
  const words = ["--norc", "-c", `${before} exec ${EXECLINE_BIN}/execlineb -Pc "$1"`, "bash", script];
  const { status, signal, stdout, stderr, error } = spawnSync("/bin/bash", words, {
    cwd, input: Buffer.from(stdin, "latin1"), timeout: LIMIT_MS, encoding: "latin1", env: { ...env, PATH: `${bin}:/usr/bin:/bin:${EXECLINE_BIN}`, LC_ALL: "C" },
  });
  // Nobody has to read its stdin.
  if (error !== undefined && !("code" in error && error.code === "EPIPE")) throw error;
  const anywhere = (text: string): string => text.replaceAll(bin, "BIN").replaceAll(EXECLINE_BIN, "BIN").replaceAll(cwd, "CWD");
  return { exitCode: status, signal, stdout: anywhere(stdout), stderr: anywhere(stderr) };
}

export const ourScript = (script: string, circumstances?: ScriptCircumstances): Outcome => scriptWith(OUR_BIN, script, circumstances);

/** Synopses are our own; lines of different processes come in any order. */
const comparable = ({ stdout, stderr, ...rest }: Outcome): Outcome => ({ ...rest, stdout, stderr: stderr.replaceAll(/: usage: .*/g, ": usage").split("\n").sort().join("\n") });

/** Debian's programs and ours do the same. Answers what Debian's do. */
export function sameScript(script: string, circumstances: ScriptCircumstances = {}): Outcome {
  const theirs = comparable(scriptWith(EXECLINE_BIN, script, circumstances));
  expect(comparable(ourScript(script, circumstances)), script).toEqual(theirs);
  return theirs;
}
