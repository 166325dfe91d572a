import { ExitError, UsageError } from "../cli/failures.ts";
import { type CompiledChain, DIGITS, type Image, type Step } from "../sys/compiled-chain.ts";
import { DEFAULT_PATH } from "../sys/exec.ts";
import { ownProgram } from "../sys/own-program.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { type Deciding, decideInAdvance, type Said } from "./deciding.ts";
import { Environment } from "./environment.ts";
import type { Link, Parse } from "./operation.ts";
import { speakerOf } from "./speakers.ts";
import { type CompilerSys, Decline, StepCompiler } from "./step-compiler.ts";
import { type Glob, substituted } from "./substitutes.ts";

/** argv[0] of whoever tells that a compiled chain could not execute its last word. */
export const FAILED_EXEC = "s6-actors-failed-exec";

/** Programs of ours that are small: limits are nothing to them (native/launcher/thin.c). */
const NEEDS_NO_NODE: ReadonlySet<string> = new Set(["s6-fdholderd", "s6-ipcserverd", "s6-log", "s6-socklog"]);
/** The program that sets limits. */
const LIMITING = "s6-softlimit";
/** What a script has parsed before is forgotten when it is more than that: some words are others at every start. */
const MOST_PARSED = 1000;
/** More links than any script has: a script may be without end. */
const MOST_LINKS = 500;

export interface CompileSetting {
  readonly sys: CompilerSys & Pick<Sys, "ownProgramFor">;
  /** What relative paths begin at, and where the child begins. */
  readonly dirFd: number;
  /** NAME=VALUE. */
  readonly environment: readonly string[];
  /** The programs of which everything is known in advance. */
  readonly programs: ReadonlyMap<string, Parse>;
  /** What was parsed before, by its words: for as long as the script is the same. */
  readonly parsed: Map<string, Link>;
  /** The programs that decide about a connection are asked, not started; whatever they say is only good for this one. */
  readonly deciding?: Deciding;
}

/** One program of the chain that needs no process of its own. */
export interface CompiledLink {
  readonly words: readonly string[];
  readonly steps: readonly Step[];
}

export interface Compilation {
  readonly links: readonly CompiledLink[];
  /** What is executed, and why no more was compiled; undefined: it is no program of ours. */
  readonly words: readonly string[];
  readonly reason: string | undefined;
  readonly chain: CompiledChain;
  /** To be written to stderr when it is started, or refused. */
  readonly said: readonly Said[];
  /** A decider lets nobody in: there is to be no process; it would exit with this code. undefined: it is started. */
  readonly refusal: number | undefined;
}

/**
 * Compiles a chain as far as it goes. `program`: the one that begins it, whatever words[0] is. What it comes to is what a
 * process would come to that executes one program after the other, as long as nobody else changes the files meanwhile.
 */
export function compileChain(program: string, words: readonly string[], setting: CompileSetting): Compilation {
  const { sys, dirFd } = setting;
  const environment = new Environment(setting.environment);
  const compiler = new StepCompiler(sys, dirFd, environment);
  const links: CompiledLink[] = [];
  const images: Image[] = [];
  /** The programs so far that have set limits. */
  let limiting: readonly string[] = [];
  let name = program;
  let current = words;
  const lines: Said[] = [];
  const finish = (reason: string | undefined, last: Ending, refusal?: number): Compilation => ({
    links, words: current, reason, said: lines, refusal,
    chain: { steps: links.flatMap(({ steps }, image) => steps.map((step) => ({ step, image }))), images, ...last },
  });

  for (;;) {
    const path = environment.get("PATH");
    // Whoever begins here finds this.
    const image = imageOf(name, limiting, current, environment);
    // Where the child would look for the next program depends on where it is by then.
    if (directoriesIn(path).some((directory) => directory !== "" && !directory.startsWith("/"))) return finish("PATH is not absolute", endingAs(image));
    const done = attempt(() => compileLink(name, current.slice(1), environment, compiler, setting));
    if (typeof done === "string" || links.length === MOST_LINKS) return finish(typeof done === "string" ? done : "it has no end", endingAs(image));
    lines.push(...done.said);
    // Whoever starts it all the same starts a program that refuses by itself.
    if (done.refusal !== undefined) return finish("it lets nobody in", endingAs(image), done.refusal);
    links.push({ words: current, steps: done.steps });
    images.push(image);
    if (done.link.operations.some(({ type }) => type === "limit")) limiting = [...limiting, ...current.slice(0, current.length - done.link.rest.length)];
    const [next = ""] = done.words;
    const said = done.link.argv0;
    current = said === undefined ? done.words : [`${said.isLogin ? "-" : ""}${said.name ?? next}`, ...done.words.slice(1)];
    const ours = said !== undefined ? undefined : done.link.isOwn === true ? next : sys.ownProgramFor(next, path, dirFd);
    if (ours !== undefined && isCompiled(ours, setting)) name = ours;
    else if (ours !== undefined) return finish("it needs a process", NEEDS_NO_NODE.has(ours) ? ending(ownProgram(ours), current, path, name, environment.texts()) : endingAs(imageOf(ours, limiting, current, environment)));
    else return finish(undefined, ending(next, current, path, name, environment.texts()));
  }
}

/** The same for a child of a chain, whose first program is looked up as posix_spawnp(3) does: that fails in the parent. */
export const compileChild = (words: readonly string[], path: string | undefined, isOwn: boolean, setting: CompileSetting): CompiledChain =>
  compileConnection(words, path, isOwn, setting).chain;

/** The same for the child of a server, which may come to nothing. */
export function compileConnection(words: readonly string[], path: string | undefined, isOwn: boolean, setting: CompileSetting): Pick<Compilation, "chain" | "said" | "refusal"> {
  const [word = ""] = words;
  const ours = isOwn ? word : setting.sys.ownProgramFor(word, path, setting.dirFd);
  if (ours !== undefined && isCompiled(ours, setting)) return compileChain(ours, words, setting);
  const files = ours !== undefined ? [ownProgram(ours)] : word.includes("/") ? [word] : directoriesIn(path).map((directory) => (directory === "" ? word : `${directory}/${word}`));
  const chain = { steps: [], images: [], end: { argv: words, environment: setting.environment, files: word === "" ? [] : files }, failure: undefined };
  return { chain, said: [], refusal: undefined };
}

const isCompiled = (name: string, { programs, deciding }: CompileSetting): boolean => programs.has(name) || deciding?.deciders.has(name) === true;

const directoriesIn = (path: string | undefined): string[] => (path ?? DEFAULT_PATH).split(":");

/** The ordinary chain from a program of ours on. Limits are lifted before, since Node might not start under them: it sets them again. */
function imageOf(name: string, limiting: readonly string[], words: readonly string[], environment: Environment): Image {
  return { file: ownProgram(limiting.length > 0 ? LIMITING : name), argv: [...limiting, ...words], environment: environment.texts() };
}

type Ending = Pick<CompiledChain, "end" | "failure">;

interface DoneLink {
  readonly link: Link;
  readonly steps: readonly Step[];
  readonly words: readonly string[];
  readonly said: readonly Said[];
  readonly refusal: number | undefined;
}

function compileLink(name: string, args: readonly string[], environment: Environment, compiler: StepCompiler, setting: CompileSetting): DoneLink {
  const { link, said, refusal } = linkOf(name, args, environment, compiler, setting);
  if (refusal !== undefined) return { link, steps: [], words: [], said, refusal };
  if (link.warnings !== undefined && link.warnings.length > 0) throw new Decline("it has something to say");
  const before = environment.texts();
  try {
    const steps = link.operations.flatMap((operation) => compiler.steps(operation));
    const words = link.substitution === undefined ? link.rest : substituted(link.rest, link.substitution, environment, noGlob);
    if (words.length === 0) throw new Decline("nothing is left of it");
    return { link, steps, words, said, refusal };
  } catch (error) {
    environment.reset(before);
    throw error;
  }
}

function linkOf(name: string, args: readonly string[], environment: Environment, compiler: StepCompiler, { sys, programs, parsed, deciding }: CompileSetting): Pick<DoneLink, "link" | "said" | "refusal"> {
  if (deciding?.deciders.has(name) === true) {
    if (!compiler.isAsBegun) throw new Decline("it may see something else");
    return decideInAdvance(name, args, environment, { uid: sys.geteuid(), gid: sys.getegid() }, deciding);
  }
  const strict = environment.get("EXECLINE_STRICT");
  const key = `${strict === undefined ? "" : `=${strict}`} ${name}\0${args.join("\0")}`;
  const link = parsed.get(key) ?? programs.get(name)?.(args, strict);
  if (link === undefined) throw new Decline("it needs a process");
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(key, link);
  return { link, said: [], refusal: undefined };
}

const noGlob: Glob = () => {
  throw new Decline("it looks for files");
};

/** Or why not: the program says that, or does it, itself. */
function attempt<T>(action: () => T): T | string {
  try {
    return action();
  } catch (error) {
    if (error instanceof UsageError) return "its command line is wrong";
    if (error instanceof Decline || error instanceof ExitError || error instanceof SystemError) return error.message;
    throw error;
  }
}

/** The end is a program of ours, in place of one that can't be executed. */
const endingAs = (image: Image): Ending => ({ end: { argv: image.argv, environment: image.environment, files: [] }, failure: image });

/** A program as exec finds it: in the PATH that `by`, the program before it, was given. */
function ending(word: string, argv: readonly string[], path: string | undefined, by: string, environment: readonly string[]): Ending {
  const directories = directoriesIn(path).filter((directory) => directory !== "");
  const files = word.includes("/") ? [word] : directories.map((directory) => `${directory}/${word}`);
  return { end: { argv, environment, files }, failure: failedExec(by, word, environment) };
}

const failedExec = (by: string, word: string, environment: readonly string[]): Image => ({
  file: ownProgram("execlineb"), argv: [FAILED_EXEC, DIGITS, speakerOf(by), word], environment,
});

