import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { parseTain, type Tain } from "../formats/tain.ts";

/** A line of a logdir of s6-log. */
export interface LogLine {
  /** Its stamp, or that of the line before; "" when there was none yet. */
  readonly at: Tain | "";
  /** Without the stamp. */
  readonly text: string;
  readonly isStamped: boolean;
}

const ARCHIVE = /^(@[0-9a-f]{24})\.[su]$/;
const LABEL_LENGTH = 25;
const CHUNK = 65_536;
/** A number of inode may be used again by a later file. */
const TOLD_MAX = 8;

/** Gives each line its moment. */
class LineReader {
  #last: Tain | "" = "";

  read(line: string): LogLine {
    const stamp = line[0] === "@" ? parseTain(line.slice(0, LABEL_LENGTH)) : undefined;
    if (stamp === undefined) return { at: this.#last, text: line, isStamped: false };
    this.#last = stamp;
    return { at: stamp, text: line.slice(line[LABEL_LENGTH] === " " ? LABEL_LENGTH + 1 : LABEL_LENGTH), isStamped: true };
  }
}

/** A place in the file that is written now: what follows it is told by the follower. */
export interface Mark {
  readonly inode: number;
  readonly bytes: number;
}

/**
 * All lines of a logdir, oldest first: archives in their order, what is being archived, what is written now, up to the mark.
 * Archives that were finished before `since` are not read. @throws the node:fs error
 */
export function* logLines(dir: string, since: Tain | "" = "", mark?: Mark): Generator<LogLine> {
  const reader = new LineReader();
  const names = readdirSync(dir);
  const archives = names.filter((name) => (parseTain(ARCHIVE.exec(name)?.[1] ?? "") ?? "") >= (since === "" ? "0" : since)).sort();
  for (const name of [...archives, ...["previous", "current"].filter((file) => names.includes(file))]) {
    const { text, isLast } = contentOf(join(dir, name), mark);
    for (const line of linesIn(text)) yield reader.read(line);
    if (isLast) return;
  }
}

/** Gone by now: it was archived under another name, or is too old. */
function contentOf(path: string, mark: Mark | undefined): { readonly text: string; readonly isLast: boolean } {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { text: "", isLast: false };
    throw error;
  }
  try {
    const isLast = mark !== undefined && fstatSync(fd).ino === mark.inode;
    const bytes = readFileSync(fd);
    return { text: (isLast ? bytes.subarray(0, mark.bytes) : bytes).toString("utf8"), isLast };
  } finally {
    closeSync(fd);
  }
}

function* linesIn(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    yield text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
  }
}

/**
 * New lines of a logdir as they are written, from its end on, through rotations; never before the caller's turn of the event
 * loop is over. Woken by the kernel. Answers where it begins, and how to stop it.
 * @throws the node:fs error when there is no such directory
 */
export function followLogdir(dir: string, tell: (lines: readonly LogLine[]) => void): { readonly mark: Mark | undefined; stop(): void } {
  const reader = new LineReader();
  const chunk = Buffer.alloc(CHUNK);
  let fd = openCurrent(dir);
  const { ino: inode, size: bytes } = fd === undefined ? { ino: 0, size: 0 } : fstatSync(fd);
  const mark = fd === undefined ? undefined : { inode, bytes };
  let position = bytes;
  let partial: Buffer = Buffer.alloc(0);
  let newest = newestArchive(dir);
  /** Inodes of the files that are told of, the newest last: they come again under other names. */
  const told = [inode];
  const drain = (): LogLine[] => {
    const found: LogLine[] = [];
    while (fd !== undefined) {
      const count = readSync(fd, chunk, 0, CHUNK, position);
      if (count === 0) break;
      position += count;
      const bytes = Buffer.concat([partial, chunk.subarray(0, count)]);
      const end = bytes.lastIndexOf(10) + 1;
      for (const line of linesIn(bytes.subarray(0, end).toString("utf8"))) found.push(reader.read(line));
      partial = Buffer.from(bytes.subarray(end));
    }
    return found;
  };
  const look = (): void => {
    const found = drain();
    // What was current is another file now: it was read to its end, and its successor begins.
    if (fd === undefined || inodeOf(dir) !== fstatSync(fd).ino) {
      found.push(...drain());
      if (fd !== undefined) closeSync(fd);
      fd = openCurrent(dir);
      if (fd !== undefined) told.push(fstatSync(fd).ino);
      position = 0;
      partial = Buffer.alloc(0);
      const between = rotatedBetween(dir, newest, told);
      newest = newestArchive(dir);
      for (const { name, inode: one } of between) {
        for (const line of linesIn(contentOf(join(dir, name), undefined).text)) found.push(reader.read(line));
        told.push(one);
      }
      told.splice(0, told.length - TOLD_MAX);
      found.push(...drain());
    }
    if (found.length > 0) tell(found);
  };
  const watcher = watch(dir, look);
  const once = setImmediate(look);
  const stop = (): void => {
    clearImmediate(once);
    watcher.close();
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  return { mark, stop };
}

const newestArchive = (dir: string): string => readdirSync(dir).filter((name) => ARCHIVE.test(name)).sort().at(-1) ?? "";

/**
 * Files that were current and are no more since the last look, besides those that were read by their descriptors. Where a
 * processor makes the archives they are other files, and nobody can tell: it takes so long that there is none between.
 */
function rotatedBetween(dir: string, after: string, told: readonly number[]): { readonly name: string; readonly inode: number }[] {
  if ((statSync(join(dir, "state"), { throwIfNoEntry: false })?.size ?? 0) > 0) return [];
  const names = readdirSync(dir);
  const candidates = [...names.filter((name) => ARCHIVE.test(name) && name > after).sort(), ...names.filter((name) => name === "previous")];
  return candidates.flatMap((name) => {
    const inode = statSync(join(dir, name), { throwIfNoEntry: false })?.ino;
    return inode === undefined || told.includes(inode) ? [] : [{ name, inode }];
  });
}

const inodeOf = (dir: string): number | undefined => statSync(join(dir, "current"), { throwIfNoEntry: false })?.ino;

function openCurrent(dir: string): number | undefined {
  try {
    return openSync(join(dir, "current"), "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
