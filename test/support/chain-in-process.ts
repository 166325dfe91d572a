import { runChainOn } from "../../src/cli/chain.ts";
import { CHAIN_PROGRAMS } from "../../src/cli/chain-programs.ts";
import { bytesOf } from "../../src/formats/bytes.ts";
import * as realSys from "../../src/sys/real-sys.ts";
import type { Sys } from "../../src/sys/sys.ts";
import { SystemError } from "../../src/sys/system-error.ts";
import type { Outcome } from "./chains.ts";

/** What the end of a chain does; of the programs that tests put there. */
class Ended extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("the end of a chain");
    this.exitCode = exitCode;
  }
}

/** [exit code, output]; undefined: it is nowhere. */
function run([name, ...args]: readonly string[], environment: readonly string[]): readonly [exitCode: number, stdout: string] | undefined {
  switch (name) {
    case "echo": return [0, `${args.join(" ")}\n`];
    case "env": return args[0] === "-0" ? [0, environment.map((entry) => `${entry}\0`).join("")] : undefined;
    case "printenv": {
      const values = args.map((arg) => environment.find((entry) => entry.startsWith(`${arg}=`))?.slice(arg.length + 1));
      return [values.includes(undefined) ? 1 : 0, values.map((value) => (value === undefined ? "" : `${value}\n`)).join("")];
    }
    default: return undefined;
  }
}

interface InProcess {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/**
 * Runs a chain of ours in the process of the test, which is much faster than one of its own. It ends with `env -0`, `echo`, `printenv` or a
 * program that is nowhere; its programs only change the environment and their words. Texts are byte strings.
 */
export function chainInProcess(words: readonly string[], { env = {}, stdin = "" }: InProcess = {}): Outcome {
  let unread = Buffer.from(stdin, "latin1");
  const said = { stdout: "", stderr: "" };
  const path = "BIN:/usr/bin:/bin:BIN";
  const execChain: Sys["execChain"] = ({ file, argv, environment }) => {
    const done = run([file, ...argv.slice(1)], environment.map((entry) => Buffer.from(asBytes(entry)).toString("latin1")));
    if (done === undefined) return file === "" ? { exitCode: 126, error: new SystemError("exec", file, "EACCES") } : { exitCode: 127, error: new SystemError("exec", file, "ENOENT") };
    said.stdout += done[1];
    throw new Ended(done[0]);
  };
  const sys: Sys = {
    ...realSys, execChain, environment: () => [`PATH=${path}`, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
    bornWith: () => [0, 1, 2],
    readFd(fd, into) {
      if (fd !== 0) return realSys.readFd(fd, into);
      const count = unread.copy(into);
      unread = unread.subarray(count);
      return count;
    },
    ownProgramFor: (word) => (CHAIN_PROGRAMS.has(word) ? word : undefined),
  };
  const [name = "", ...args] = words;
  const program = CHAIN_PROGRAMS.get(name);
  if (program === undefined) throw new Error(`${name} is no program of a chain`);
  const saying = (stream: "stdout" | "stderr") => (text: string | Uint8Array) => {
    said[stream] += Buffer.from(asBytes(text)).toString("latin1");
  };
  try {
    const exitCode = runChainOn(program, CHAIN_PROGRAMS, { args, sys, stdout: saying("stdout"), stderr: saying("stderr") });
    return { exitCode, signal: null, ...said };
  } catch (error) {
    if (error instanceof Ended) return { exitCode: error.exitCode, signal: null, ...said };
    throw error;
  }
}

const asBytes = (text: string | Uint8Array): Uint8Array => {
  const bytes = typeof text === "string" ? bytesOf(text) : text;
  return typeof bytes === "string" ? Buffer.from(bytes) : bytes;
};
