import { ExitError, fatalLine, infoLine, warningLine } from "../cli/failures.ts";
import { bytesOf } from "../formats/bytes.ts";
import { exitCode, exitStatus, termSignal, type WaitStatus } from "../formats/wait-status.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { takeBlock } from "./block.ts";
import type { Environment } from "./environment.ts";
import type { Execution } from "./execution.ts";
import type { Operation } from "./operation.ts";

/** What a program of a chain comes to. */
export type Next =
  /** The rest of the chain. `isBare`: without any environment. `otherwise`: what is done if its program can't be executed. */
  | { readonly type: "become"; readonly words: readonly string[]; readonly argv0?: string; readonly isOwn?: boolean; readonly isBare?: boolean; readonly otherwise?: Next }
  | { readonly type: "exit"; readonly code: number };

export const becomes = (words: readonly string[]): Next => ({ type: "become", words });
export const exits = (code: number): Next => ({ type: "exit", code });
/** For programs that are content with nothing behind them. */
export const becomesOrExits = (words: readonly string[]): Next => (words.length === 0 ? exits(0) : becomes(words));

export interface SpawnWish {
  /** Descriptors of ours that get a number in the child, in place of what the chain has there. */
  readonly moves?: ReadonlyMap<number, number>;
  /** Variables that only the child has. */
  readonly environment?: Environment;
  readonly isOrphan?: boolean;
  /** The first word is a program of this package, whatever PATH has. */
  readonly isOwn?: boolean;
}

/** Runs in this process what only answers: undefined where that is not enough. */
export type Answer = (words: readonly string[]) => WaitStatus | undefined;

export type Child = ReturnType<Sys["spawnChain"]>;

/** What is said by a program that is in the middle of a chain; texts are byte strings. */
export interface Voice {
  stdout(text: string | Uint8Array): void;
  stderr(text: string | Uint8Array): void;
}

/**
 * The process of a chain, as one program in it sees it: everything that the programs before it did is done. Texts are byte
 * strings.
 */
export class ChainProcess {
  readonly program: string;
  /** What it was called by. */
  readonly argv0: string;
  readonly sys: Sys;
  readonly #execution: Execution;
  readonly #voice: Voice;
  readonly #answer: Answer;

  constructor(program: string, sys: Sys, execution: Execution, voice: Voice, answer: Answer = () => undefined, argv0 = program) {
    this.program = program;
    this.sys = sys;
    this.#execution = execution;
    this.#voice = voice;
    this.#answer = answer;
    this.argv0 = argv0;
  }

  get environment(): Environment {
    return this.#execution.environment;
  }

  /** Those that are open to the chain. */
  get descriptors(): Execution["descriptors"] {
    return this.#execution.descriptors;
  }

  /** $EXECLINE_STRICT. */
  get strictness(): number {
    return this.environment.strictness;
  }

  stdout(text: string): void {
    this.#voice.stdout(text);
  }

  warn(text: string): void {
    this.#voice.stderr(warningLine(this.program, text));
  }

  inform(text: string): void {
    this.#voice.stderr(infoLine(this.program, text));
  }

  /** What a program says that C has where we have none: a child, or one that comes behind. */
  fatalOf(program: string, text: string): void {
    this.#voice.stderr(fatalLine(program, text));
  }

  /** @throws ExitError */
  apply(operation: Operation): void {
    this.#execution.apply(operation, { warn: (text) => this.warn(text), say: (line) => this.#voice.stderr(`${line}\n`) });
  }

  /** The next block and what is behind it; `number`: which one it is, from 1; `name`: what it is called. @throws ExitError 100 */
  block(args: readonly string[], number = 1, name = "block"): { readonly words: readonly string[]; readonly rest: readonly string[] } {
    const { words, rest, complaints } = takeBlock(args, this.strictness, number, name);
    for (const complaint of complaints) this.warn(complaint);
    return { words, rest };
  }

  /** Starts a chain in a child that has what the rest of ours will have. @throws SystemError whose syscall is clone, dup2 or exec */
  spawn(words: readonly string[], { moves = new Map(), environment = this.environment, isOrphan = false, isOwn = false }: SpawnWish = {}): Child {
    return this.#execution.spawn(words, environment, moves, isOrphan, isOwn);
  }

  /** The same, where it must succeed. @throws ExitError 111 */
  spawnOrFail(words: readonly string[], wish?: SpawnWish): Child {
    try {
      return this.spawn(words, wish);
    } catch (error) {
      if (error instanceof SystemError) throw unableToSpawn(words, error);
      throw error;
    }
  }

  /** Starts this program once more, as a helper of it. @throws SystemError */
  startHelper(descriptors: readonly number[], words: readonly string[], isOrphan: boolean): void {
    this.#execution.startHelper(this.program, { descriptors, words: words.map(bytesOf), isOrphan });
  }

  /**
   * The same as spawn, where C forks, and the child itself says that there is no such program: as the program that it is called then.
   * Answers its status instead of a child. @throws ExitError 111
   */
  spawnOrTell(teller: string, words: readonly string[], wish?: SpawnWish): Child | WaitStatus {
    try {
      return this.spawn(words, wish);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.syscall !== "exec") throw new ExitError(111, `unable to fork: ${error.reason}`, { cause: error });
      this.fatalOf(teller, `unable to exec ${words[0] ?? ""}: ${error.reason}`);
      return exitStatus(error.code === "ENOENT" ? 127 : 126);
    }
  }

  /** Runs a chain to its end; without a child, where it only answers. No words: success. @throws SystemError as spawn does */
  runToEnd(words: readonly string[]): WaitStatus {
    return words.length === 0 ? exitStatus(0) : (this.#answer(words) ?? this.spawn(words).wait());
  }

  /** The same, where it must succeed. `role`: what the words are that stand where a block might be expected. @throws ExitError 111 */
  runToEndOrFail(words: readonly string[], role?: string): WaitStatus {
    try {
      return this.runToEnd(words);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      throw unableToSpawn(words, error, role !== undefined && words[0]?.startsWith(" ") === true ? `${role} is the rest of the command line, no block` : undefined);
    }
  }
}

const unableToSpawn = ([word = ""]: readonly string[], error: SystemError, hint?: string): ExitError =>
  new ExitError(111, `unable to spawn ${word}: ${error.reason}`, { cause: error, hint });

/** $? of execline: 256 and the signal for one that was killed. */
export const statusVariable = (status: WaitStatus): string => String(termSignal(status) === 0 ? exitCode(status) : 256 + termSignal(status));

/** What a program that ends with its child exits with (execline documentation, exitcodes). */
export const approximateCode = (status: WaitStatus): number =>
  termSignal(status) === 0 ? Math.min(exitCode(status), 128) : 128 + termSignal(status);
