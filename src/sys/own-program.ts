import { join } from "node:path";
import { byteString, bytesOf } from "../formats/bytes.ts";
import { AT_FDCWD } from "./addon.ts";
import { otherwise, unless } from "./errors.ts";
import { DEFAULT_PATH } from "./exec.ts";
import { isExecutable, readdirAt, statAt } from "./files.ts";
import { packageRoot } from "./package-root.ts";

const BIN = byteString(join(packageRoot, "bin"));

/** The executable of a program of this package. */
export const ownProgram = (name: string): string => `${BIN}/${name}`;

let known: ReadonlyMap<string, string> | undefined;

/** Which program of this package is this file? A symbolic link counts as what it leads to; one that can't be looked at is none. Byte strings. */
export function ownProgramAt(path: string): string | undefined {
  known ??= new Map(readdirAt(AT_FDCWD, join(packageRoot, "bin")).flatMap((name) => {
    const key = identityOf(ownProgram(name));
    return name.includes(".") || key === undefined ? [] : [[key, name] as const];
  }));
  const key = otherwise(undefined, () => identityOf(path));
  return key === undefined ? undefined : known.get(key);
}

function identityOf(path: string): string | undefined {
  const found = statAt(AT_FDCWD, bytesOf(path));
  return found === undefined || found.isDirectory ? undefined : `${found.dev}:${found.ino}`;
}

/**
 * Which program of this package would an exec find under this name? Where PATH has none of that name, ours stands in; a path
 * may be that of one of ours, too. undefined: it is none, or something is in the way that an exec tells. Byte strings; `dirFd`: what
 * relative elements of PATH begin at.
 */
export const ownProgramFor = (word: string, path: string | undefined, dirFd = AT_FDCWD): string | undefined =>
  otherwise(undefined, () => lookFor(word, path, dirFd));

function lookFor(word: string, path: string | undefined, dirFd: number): string | undefined {
  if (word.startsWith("/")) return ownProgramAt(word);
  if (word === "" || word.includes("/") || word.startsWith(".")) return undefined;
  const own = statAt(AT_FDCWD, bytesOf(ownProgram(word)));
  if (own === undefined) return undefined;
  for (const directory of (path ?? DEFAULT_PATH).split(":")) {
    if (directory === "") continue;
    const candidate = bytesOf(`${directory}/${word}`);
    if (unless(["ENOTDIR"], () => isExecutable(dirFd, candidate)) !== true) continue;
    const found = statAt(dirFd, candidate);
    if (found === undefined || found.isDirectory) continue;
    return found.dev === own.dev && found.ino === own.ino ? word : undefined;
  }
  return word;
}
