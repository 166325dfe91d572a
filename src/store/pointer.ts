import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseUint } from "../formats/uint.ts";

/** supervise/journal: three lines that lead from a service directory to its history. */
export interface JournalPointer {
  /** Absolute path of the environment directory. */
  readonly dir: string;
  /** Key of the service in it. */
  readonly id: number;
  /** Of the environment; another uuid there means that the history this points to is gone. */
  readonly uuid: string;
}

export const POINTER_PATH = "supervise/journal";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const formatPointer = ({ dir, id, uuid }: JournalPointer): string => `${dir}\n${id}\n${uuid}\n`;

/** undefined when the text is not a pointer. A path with a newline in it cannot be pointed to. */
export function parsePointer(text: string): JournalPointer | undefined {
  const [dir = "", idText = "", uuid = "", rest, ...more] = text.split("\n");
  const id = parseUint(idText);
  if (!dir.startsWith("/") || id === undefined || !UUID.test(uuid) || rest !== "" || more.length > 0) return undefined;
  return { dir, id, uuid };
}

/** undefined when the service was never journalled. @throws the node:fs error for anything but a missing file. */
export function readPointer(servicedir: string): JournalPointer | undefined {
  try {
    return parsePointer(readFileSync(join(servicedir, POINTER_PATH), "utf8"));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Where the journal may be, the likeliest first: where the pointer says or, for whoever looks into a container and has
 * other paths than its s6-svscan, where that keeps it usually.
 */
export const journalPlaces = (servicedir: string, { dir }: JournalPointer): string[] => [
  dir,
  join(servicedir, "..", ".s6-svscan", "journal"),
  join(servicedir, "..", "..", ".s6-svscan", "journal"), // of a logger
  join(servicedir, "supervise", "journal.d"),
];

/** An empty file is one that is about to be begun. Where nobody lets us look, there is none as far as we know. */
export function hasJournal(dir: string): boolean {
  try {
    return statSync(join(dir, "data.mdb")).size > 0;
  } catch {
    return false;
  }
}

/** Replaces it in one step. @throws the node:fs error. */
export function writePointer(servicedir: string, pointer: JournalPointer): void {
  replaceFile(join(servicedir, POINTER_PATH), formatPointer(pointer), 0o644);
}

/** PATH.new, then rename; nothing is left behind on failure. */
export function replaceFile(path: string, text: string, mode: number): void {
  const fresh = `${path}.new`;
  try {
    writeFileSync(fresh, text, { mode });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
