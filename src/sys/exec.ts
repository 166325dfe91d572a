import { readFileSync } from "node:fs";
import { byteString, type Bytes, bytesOf } from "../formats/bytes.ts";
import { addon, AT_FDCWD } from "./addon.ts";
import { errorCode, SystemError } from "./errors.ts";
import { closeFd, isOpen } from "./files.ts";
import { launch, takeOver } from "./launch.ts";
import type { Limit } from "./limits.ts";

export interface ExecRequest {
  /** A path, or a name that is looked up in PATH. */
  readonly file: string;
  readonly argv: readonly string[];
  /** NAME=VALUE; undefined = what the process was started with. */
  readonly environment?: readonly Bytes[] | undefined;
  /** Descriptors ≥ 3 that go along, besides those that the process was born with. */
  readonly keep?: readonly number[];
  /** Set last. */
  readonly limits?: readonly Limit[];
  /** Signals that are blocked. */
  readonly blocked?: readonly number[];
}

/** For a chain: texts are byte strings, and nothing of our own counts. */
export interface ChainExec {
  readonly file: string;
  readonly argv: readonly string[];
  readonly environment: readonly Bytes[];
  /** The value of PATH that counts. */
  readonly path: string | undefined;
  /** All that are open for the program. */
  readonly descriptors: readonly number[];
  readonly limits: readonly Limit[];
}

export interface ExecFailure {
  readonly exitCode: 126 | 127;
  readonly error: SystemError;
}

export const DEFAULT_PATH = "/usr/bin:/bin";
/** Kept in mind while the search goes on: what C's exec rule calls permanent ends it at once. */
const PASSING = new Set(["EACCES", "EPERM", "EISDIR", "ENOTDIR"]);

/**
 * Becomes another program, with everything as it was before Node started; only comes back when that fails (s6
 * documentation, exit codes: 127 no such file, 126 anything else). Empty elements of PATH are skipped, and there is
 * no shell for scripts without `#!`.
 */
export function exec(request: ExecRequest): ExecFailure {
  // What was closed at the start is closed for the next program, and was for our own messages.
  for (const fd of launch.closed) if (isOpen(fd) && !request.keep?.includes(fd)) closeFd(fd);
  // Most directories do not have it: not worth undoing everything that Node did.
  const code = alongPath(request.file, "skipped", (path) => absence(path) ?? attempt(request, path, asGiven(request.argv)));
  return failure(request.file, code);
}

/** The same for the program at the end of a chain. */
export function execChain({ file, argv, path, descriptors, ...request }: ChainExec): ExecFailure {
  for (const fd of [0, 1, 2]) if (!descriptors.includes(fd) && isOpen(fd)) closeFd(fd);
  const gone = launch.inherited.filter((fd) => !descriptors.includes(fd));
  if (gone.length > 0) takeOver({ descriptors: gone, signals: [] });
  const wish = { ...request, keep: descriptors.filter((fd) => fd > 2), blocked: launch.blocked };
  const code = alongPath(file, "skipped", (candidate) => absence(bytesOf(candidate)) ?? attempt(wish, bytesOf(candidate), argv.map(bytesOf)), path ?? DEFAULT_PATH);
  return failure(file, code);
}

const failure = (file: string, code: string): ExecFailure => ({ exitCode: code === "ENOENT" ? 127 : 126, error: new SystemError("exec", file, code) });

/** The code of the failure. */
function attempt({ environment, keep, limits = [], blocked }: Pick<ExecRequest, "environment" | "keep" | "limits" | "blocked">, path: Bytes, argv: readonly Bytes[]): string {
  const triples = BigUint64Array.from(limits.flatMap(({ resource, soft, hard }) => [BigInt(resource), soft, hard]));
  return errorCode(-addon.execve(path, argv, environment ?? null, Int32Array.from(keep ?? []), triples, Int32Array.from(blocked ?? [])));
}

/** What Node puts where our own command line holds bytes that are not UTF-8. */
const REPLACED = "\ufffd";

/** The rest of our own command line, byte by byte. */
function asGiven(argv: readonly string[]): readonly Bytes[] {
  if (!argv.some((word) => word.includes(REPLACED))) return argv;
  const from = process.argv.length - argv.length;
  if (from < 0 || argv.some((word, index) => process.argv[from + index] !== word)) return argv;
  return lastWords(argv.length).map(bytesOf);
}

/** The last words of our own command line: byte strings. */
const lastWords = (count: number): string[] => (count === 0 ? [] : readFileSync("/proc/self/cmdline", "latin1").split("\0").slice(0, -1).slice(-count));

/** What follows our own name: byte strings. */
export function ownWords(): readonly string[] {
  const words = process.argv.slice(2);
  return words.every((word) => byteString(word) === word) ? words : lastWords(words.length);
}

/** ENOENT or another reason why there is nothing under this name. */
function absence(path: Bytes): string | undefined {
  const missing = addon.access(AT_FDCWD, path, 0, 0);
  return missing < 0 ? errorCode(-missing) : undefined;
}

/**
 * Tries a path, or a name in each directory of PATH, until `attempt` answers undefined. Otherwise the code of what
 * failed. Empty elements of PATH: exec's rule skips them, posix_spawnp(3) takes them for the working directory.
 */
export function alongPath<Code extends string | undefined>(
  file: string,
  empty: "skipped" | "here",
  attempt: (path: string) => Code,
  path: string = process.env["PATH"] ?? DEFAULT_PATH,
): Code | string {
  if (file.includes("/")) return attempt(file);
  let remembered = "ENOENT";
  if (file === "" && empty === "here") return remembered; // exec's rule takes it for the directories themselves
  for (const directory of path.split(":")) {
    if (directory === "" && empty === "skipped") continue;
    const code = attempt(directory === "" ? file : `${directory}/${file}`);
    if (code === "ENOENT") continue;
    if (code === undefined || !PASSING.has(code)) return code;
    remembered = code;
  }
  return remembered;
}
