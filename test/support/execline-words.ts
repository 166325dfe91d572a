import { spawnSync } from "node:child_process";
import { expect } from "vitest";
import { chainInProcess } from "./chain-in-process.ts";
import { makeTempDirectory } from "./c-tree.ts";
import type { Outcome } from "./chains.ts";
import { OUR_BIN } from "./executables.ts";
import { EXECLINE_BIN } from "./execline-peer.ts";

/** For hangs only. */
const LIMIT_MS = 20_000;

export interface WordsCircumstances {
  readonly cwd?: string;
  /** All variables, besides PATH; names and values are byte strings, as the words are. */
  readonly env?: Readonly<Record<string, string>>;
  /** Byte string. */
  readonly stdin?: string;
  /** Of bash, in front of the program: redirections and the like. */
  readonly before?: string;
}

/** For bash; any bytes but NUL. */
export const shellWord = (word: string): string =>
  // bash takes two digits at most.
  `$'${word.replaceAll(/[^\w ./:=,+-]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)}'`;

/** Runs a command line of words, blocks written as programs get them, with the programs of `bin`. */
export function wordsWith(bin: string, words: readonly string[], { cwd = makeTempDirectory(), env = {}, stdin = "", before = "" }: WordsCircumstances = {}): Outcome {
  const path = `${bin}:/usr/bin:/bin:${EXECLINE_BIN}`;
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const script = `${before} exec env -i PATH=${path} ${[...assignments, ...words].map(shellWord).join(" ")}`;
  const { status, signal, stdout, stderr, error } = spawnSync("/bin/bash", ["--norc", "-c", script], {
    cwd, input: Buffer.from(stdin, "latin1"), timeout: LIMIT_MS, encoding: "latin1", env: { PATH: path, LC_ALL: "C" },
  });
  // Nobody has to read its stdin.
  if (error !== undefined && !("code" in error && error.code === "EPIPE")) throw error;
  const neutral = (text: string): string => text.replaceAll(bin, "BIN").replaceAll(EXECLINE_BIN, "BIN").replaceAll(cwd, "CWD");
  return { exitCode: status, signal, stdout: neutral(stdout), stderr: neutral(stderr) };
}

export const ourWords = (words: readonly string[], circumstances?: WordsCircumstances): Outcome => wordsWith(OUR_BIN, words, circumstances);

/** Synopses are our own; variables come in any order. */
const comparable = ({ stdout, stderr, ...rest }: Outcome): Outcome => ({
  ...rest, stdout: stdout.split("\0").sort().join("\0"), stderr: stderr.replaceAll(/: usage: .*/g, ": usage"),
});

/** Debian's programs and ours do the same. Answers what Debian's do. `same`: what in their messages need not be told apart. */
export function sameWords(words: readonly string[], circumstances: WordsCircumstances = {}, same: (text: string) => string = (text) => text): Outcome {
  const cwd = circumstances.cwd ?? makeTempDirectory();
  return compared(words, circumstances, same, wordsWith(OUR_BIN, words, { ...circumstances, cwd }), wordsWith(EXECLINE_BIN, words, { ...circumstances, cwd }));
}

/** The same, where no process of ours is needed: see chainInProcess. */
export const sameInProcess = (words: readonly string[], circumstances: WordsCircumstances = {}, same: (text: string) => string = (text) => text): Outcome =>
  compared(words, circumstances, same, chainInProcess(words, circumstances), wordsWith(EXECLINE_BIN, words, { cwd: "/usr/share", ...circumstances }));

function compared(words: readonly string[], { env }: WordsCircumstances, same: (text: string) => string, ours: Outcome, theirs: Outcome): Outcome {
  const [mine, expected] = [comparable(ours), comparable(theirs)];
  expect({ ...mine, stderr: same(mine.stderr) }, `${JSON.stringify(env)} ${words.join("|")}`).toEqual({ ...expected, stderr: same(expected.stderr) });
  return theirs;
}

/** Words as execlineb makes them of `{ ... }`: one level, split at blanks. */
export function blocks(line: string): string[] {
  const words: string[] = [];
  let level = 0;
  for (const word of line.split(" ").filter((each) => each !== "")) {
    if (word === "{") level++;
    else if (word === "}") words.push(" ".repeat(--level));
    else words.push(" ".repeat(level) + (word === "''" ? "" : word));
  }
  return words;
}
