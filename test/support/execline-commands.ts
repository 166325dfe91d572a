import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import type { Circumstances } from "./chains.ts";
import { OUR_BIN } from "./executables.ts";
import { EXECLINE_BIN } from "./execline-peer.ts";

/** For hangs only. */
const LIMIT_MS = 60_000;

export interface Said {
  readonly exitCode: number;
  /** Each character stands for a byte. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs command lines of bash, one after the other, each by itself; $E holds the programs. */
const EACH = `
while IFS= read -r -d "" line; do
  ( eval "$line" ) </dev/null >"$OUT/1" 2>"$OUT/2"
  printf '%s\\0' $?; tr '\\0' '\\n' <"$OUT/1"; printf '\\0'; cat "$OUT/2"; printf '\\0'
done`;

export function saidBy(bin: string, { cwd, env = {} }: Circumstances, lines: readonly string[]): Said[] {
  const { stdout, error } = spawnSync("/bin/bash", ["--norc", "-c", `OUT=$(mktemp -d) && ${EACH}; rm -r "$OUT"`], {
    cwd, timeout: LIMIT_MS, encoding: "latin1", maxBuffer: 1 << 26, input: Buffer.from(lines.map((line) => `${line}\0`).join(""), "latin1"),
    env: { ...env, E: bin, PATH: `${bin}:/usr/bin:/bin`, LC_ALL: "C" },
  });
  if (error !== undefined) throw error;
  const fields = stdout.replaceAll(bin, "BIN").split("\0");
  return lines.map((_, index) => {
    const [code = "", out = "", err = ""] = fields.slice(3 * index);
    return { exitCode: Number(code), stdout: out, stderr: err };
  });
}

const sorted = (text: string): string => text.split("\n").sort().join("\n");
/** The names of pipes, processes and temporary files are nobody's. */
const nameless = (text: string): string => text.replaceAll(/(pipe:\[|\/proc\/|\/tmp\/tmp\.)\w+/g, "$1N");

/** Lines of stdout are an environment in any order; so may be those of stderr. */
const comparable = ({ exitCode, stdout, stderr }: Said, anyOrder: boolean): Said => {
  const messages = nameless(stderr.replaceAll(/: usage: .*/g, ": usage"));
  return { exitCode, stdout: nameless(sorted(stdout)), stderr: anyOrder ? sorted(messages) : messages };
};

/** Debian's programs and ours do the same. Answers what Debian's do. */
export function sameCommands(circumstances: Circumstances, lines: readonly string[], { anyOrder = false } = {}): Said[] {
  const named = (bin: string) => Object.fromEntries(saidBy(bin, circumstances, lines).map((said, index) => [`${index}: ${lines[index]}`, comparable(said, anyOrder)]));
  const theirs = named(EXECLINE_BIN);
  expect(named(OUR_BIN)).toEqual(theirs);
  return Object.values(theirs);
}

export const ourCommands = (circumstances: Circumstances, lines: readonly string[]): Said[] => saidBy(OUR_BIN, circumstances, lines);
