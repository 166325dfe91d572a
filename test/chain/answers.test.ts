import { describe, expect, test } from "vitest";
import { exits } from "../../src/chain/process.ts";
import { type ChainProgram, type ProcessProgram, runChainOn } from "../../src/cli/chain.ts";
import { foreground } from "../../src/cli/foreground.ts";
import { ifProgram } from "../../src/cli/if.ts";
import { ifelse } from "../../src/cli/ifelse.ts";
import { loopwhilex } from "../../src/cli/loopwhilex.ts";
import * as realSys from "../../src/sys/real-sys.ts";

/** Under the name of a program that exists: nothing else counts as ours. */
const ANSWER: ProcessProgram = { name: "s6-explain-run", synopsis: "answer [ code ]", help: "", answers: true, run: ([code = ""]) => exits(Number(code)) };

function run(program: ChainProgram, args: readonly string[], answer: ProcessProgram = ANSWER): { code: number; stderr: string; started: readonly (readonly string[])[] } {
  const started: (readonly string[])[] = [];
  let stderr = "";
  const sys = {
    ...realSys,
    spawnChain(chain: Parameters<typeof realSys.spawnChain>[0]): ReturnType<typeof realSys.spawnChain> {
      started.push(chain.end.argv);
      return { pid: 1, pidfd: -1, wait: () => 5 << 8 };
    },
  };
  const code = runChainOn(program, new Map([[answer.name, answer]]), { args, sys, stdout: () => undefined, stderr: (text) => void (stderr += Buffer.from(text).toString()) });
  return { code, stderr, started };
}
const block = (...words: readonly string[]): string[] => [...words.map((word) => ` ${word}`), ""];

describe("what only answers runs without a child", () => {
  test.each([
    [ifProgram, block(ANSWER.name, "0"), 0], [ifProgram, block(ANSWER.name, "3"), 3], [ifProgram, block(ANSWER.name, "300"), 44], [ifProgram, block(ANSWER.name, "200"), 128], [ifProgram, block(), 0], [loopwhilex, [ANSWER.name, "7"], 7],
    [ifelse, [...block(ANSWER.name, "1"), ...block("/nonexistent")], 0], [foreground, block(ANSWER.name, "1"), 0],
  ] as const)("%o %j", (program, args, code) => {
    expect(run(program, args)).toEqual({ code, stderr: "", started: [] });
  });

  test("its failures are its own", () => {
    expect(run(ifProgram, block(ANSWER.name, "--help")).started).toEqual([]);
    const bad: ProcessProgram = { ...ANSWER, run: () => { throw new Error("a defect"); } };
    expect(() => run(ifProgram, block(ANSWER.name), bad)).toThrow("a defect");
  });

  test("anything else is started", () => {
    const { answers: _, ...worker } = ANSWER;
    expect(run(ifProgram, block(ANSWER.name, "0"), worker)).toEqual({ code: 5, stderr: "", started: [[ANSWER.name, "0"]] });
    expect(run(ifProgram, block(`/bin/${ANSWER.name}`)).started).toEqual([[`/bin/${ANSWER.name}`]]);
    expect(run(ifProgram, block("true")).started).toEqual([["true"]]);
  });
});
