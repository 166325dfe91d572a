import { exitCodeOf, type Program } from "../../src/cli/program.ts";
import * as realSys from "../../src/sys/real-sys.ts";

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of ours inside the test, against the real system. Not for what exec's or dies of a signal. */
export function runHere(program: Program, ...args: readonly string[]): Outcome {
  let stdout = "";
  let stderr = "";
  const exitCode = exitCodeOf(program, {
    args,
    sys: realSys,
    stdout: (text) => void (stdout += typeof text === "string" ? text : Buffer.from(text).toString("latin1")),
    stderr: (text) => void (stderr += text),
  });
  return { exitCode, stdout, stderr };
}
