import { Environment } from "../chain/environment.ts";
import { Execution } from "../chain/execution.ts";
import type { Link, Parse } from "../chain/operation.ts";
import { type Answer, ChainProcess, exits, type Next, type Voice } from "../chain/process.ts";
import { speakerOf } from "../chain/speakers.ts";
import { type Glob, substituted } from "../chain/substitutes.ts";
import { exitStatus } from "../formats/wait-status.ts";
import { SystemError } from "../sys/system-error.ts";
import { type Context, exitCodeOf, type Program } from "./program.ts";

type Text = Pick<Program, "name" | "synopsis" | "help">;

/** A program that changes the state of its process and becomes the rest of its command line: what it does is data. */
export interface StateProgram extends Text {
  readonly parse: Parse;
}

/** One that does more: it starts others, waits, reads, writes. All texts are byte strings. */
export interface ProcessProgram extends Text {
  /**
   * It changes nothing, starts nothing, becomes nothing and writes no answer (a broken pipe would end the chain): its exit code
   * is what it is asked for.
   */
  readonly answers?: boolean;
  run(args: readonly string[], process: ChainProcess): Next;
  /** What its helper does, where it starts one. */
  helper?(context: Context): number;
}

export type ChainProgram = StateProgram | ProcessProgram;
export type ChainPrograms = ReadonlyMap<string, ChainProgram>;

/**
 * Runs a program that may become others: where that is one of `programs`, no exec comes between, and the process stays
 * what it is. Each link is as it would be by itself: it looks for the next program in the PATH that it was given.
 */
export function runChainOn(program: ChainProgram, programs: ChainPrograms, context: Context): number {
  const { sys } = context;
  const execution = new Execution(sys);
  const inBytes = (text: string | Uint8Array): Uint8Array => (typeof text === "string" ? Buffer.from(text, "latin1") : text);
  const voice: Voice = {
    stdout(text) {
      if (!execution.descriptors.isOpen(1)) throw new SystemError("write to", "stdout", "EBADF");
      context.stdout(inBytes(text));
    },
    // A number that the chain has closed may be something else here.
    stderr: (text) => (execution.descriptors.isOpen(2) ? context.stderr(inBytes(text)) : undefined),
  };
  const run = (link: ChainProgram, args: readonly string[], argv0?: string): number =>
    exitCodeOf({ ...link, name: speakerOf(link.name), main: () => goOn(stepOf(link, args, argv0), execution.environment.get("PATH")) }, { ...context, ...voice, args });

  const stepOf = (link: ChainProgram, args: readonly string[], argv0?: string): (() => Next) => () => {
    const process = new ChainProcess(speakerOf(link.name), sys, execution, voice, answer, argv0);
    return "run" in link ? link.run(args, process) : follow(link.parse(args, process.environment.get("EXECLINE_STRICT")), process);
  };

  const answer: Answer = ([word = "", ...args]) => {
    const own = programs.get(sys.ownProgramFor(word, execution.environment.get("PATH")) ?? "");
    if (own === undefined || !("run" in own) || own.answers !== true) return undefined;
    return exitStatus(run(own, args));
  };

  const goOn = (step: () => Next, path: string | undefined): number => {
    for (let next: Next | undefined = step(); next !== undefined;) {
      if (next.type === "exit") return next.code;
      const { words, argv0, isOwn, isBare = false, otherwise } = next as Extract<Next, { type: "become" }>;
      const [word = "", ...args] = words;
      const name = argv0 !== undefined ? undefined : isOwn === true ? word : sys.ownProgramFor(word, path);
      const own = name === undefined ? undefined : programs.get(name);
      if (own !== undefined) {
        if (isBare) execution.environment.clear([]);
        return run(own, args, word);
      }
      const failure = execution.become(argv0 === undefined ? words : [argv0, ...args], path, word, isBare ? new Environment([]) : execution.environment);
      if (otherwise === undefined) throw failure;
      next = otherwise;
    }
    return 0;
  };

  try {
    return run(program, context.args, sys.argv0());
  } finally {
    execution.giveUp();
  }
}

/** Does what a link says. */
export function follow({ warnings = [], operations, substitution, rest, argv0, isOwn = false }: Link, process: ChainProcess): Next {
  for (const text of warnings) process.warn(text);
  for (const operation of operations) process.apply(operation);
  const words = substitution === undefined ? rest : substituted(rest, substitution, process.environment, globOf(process));
  const [word] = words;
  if (word === undefined) return exits(0);
  if (argv0 === undefined) return { type: "become", words, isOwn };
  return { type: "become", words, argv0: `${argv0.isLogin ? "-" : ""}${argv0.name ?? word}` };
}

const globOf = (process: ChainProcess): Glob => (pattern, rules) => {
  const { isSorted, marksDirectories, hasEscapes, mayBeNothing, failsOnError, isVerbose } = rules;
  const { outcome, paths, troubles } = process.sys.glob(pattern, {
    isSorted, marksDirectories, noEscape: !hasEscapes, noCheck: !mayBeNothing, abortsOnError: failsOnError,
  });
  const reasons = troubles.map(({ path, code }) => new SystemError("glob", path, code));
  if (isVerbose) for (const { path, reason } of reasons) process.warn(`while globbing, error reading ${path ?? ""}: ${reason}`);
  if (outcome === "aborted") throw reasons.at(-1) ?? new SystemError("glob", pattern, "EIO");
  return paths;
};
