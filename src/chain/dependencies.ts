import { type Bytes, byteString, bytesOf } from "../formats/bytes.ts";
import { stampsOf } from "../sys/definition.ts";
import { DEFAULT_PATH } from "../sys/exec.ts";
import { ownProgram } from "../sys/own-program.ts";
import type { CompileSetting } from "./compile.ts";

type CompileSys = CompileSetting["sys"];

/** Where accounts come from, and what says that they do (sys/account-sources.ts). */
export const ACCOUNT_FILES = ["/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/run/systemd/userdb"] as const;

/** Files that something was made of: as long as stat says the same of all of them, it would be made the same again. */
export class Dependencies {
  readonly #dirFd: number;
  readonly #paths = new Set<string>();
  /** The same, for the system. */
  #names: readonly Bytes[] = [];
  #stamps: Uint32Array | undefined;
  /** Of the last time that somebody asked. */
  #now = new Uint32Array(0);

  /** `dirFd`: what relative paths begin at. */
  constructor(dirFd: number) {
    this.#dirFd = dirFd;
  }

  /** Byte strings. */
  add(...paths: readonly string[]): void {
    for (const path of paths) this.#paths.add(path);
  }

  /** Are those of the other among these? */
  covers(other: Dependencies): boolean {
    for (const path of other.#paths) if (!this.#paths.has(path)) return false;
    return true;
  }

  /** It was made by now: from what the files are. */
  seal(): void {
    this.#names = Array.from(this.#paths, bytesOf);
    this.#stamps = stampsOf(this.#dirFd, this.#names);
    this.#now = new Uint32Array(2 * this.#names.length);
  }

  /** False, too, when nobody can tell. */
  areTheSame(): boolean {
    const before = this.#stamps;
    if (before === undefined) return false;
    const now = stampsOf(this.#dirFd, this.#names, this.#now);
    if (now === undefined) return false;
    for (let index = 0; index < before.length; index++) if (before[index] !== now[index]) return false;
    return true;
  }

  /** The calls of a compiler, and what they look at is noted. */
  noting(sys: CompileSys): CompileSys {
    const add = this.add.bind(this);
    return {
      ...sys,
      areAccountsLocal: () => (add(...ACCOUNT_FILES), sys.areAccountsLocal()),
      ownProgramFor(word, path, dirFd) {
        if (word.startsWith("/")) add(word);
        else if (!word.includes("/")) {
          add(ownProgram(word));
          for (const directory of (path ?? DEFAULT_PATH).split(":")) if (directory !== "") add(`${directory}/${word}`);
        }
        return sys.ownProgramFor(word, path, dirFd);
      },
      mayRead(dirFd, path, names, person) {
        const parts = path.split("/");
        add(path.startsWith("/") ? "/" : ".", ...parts.map((_, index) => parts.slice(0, index + 1).join("/")).filter((part) => part !== ""));
        add(...names.map((name) => `${path}/${name}`));
        return sys.mayRead(dirFd, path, names, person);
      },
      readFileIfPresent(path, maxBytes) {
        add(byteString(path));
        return sys.readFileIfPresent(path, maxBytes);
      },
      readPlainFilesOf(path, wanted, maxBytes) {
        add(byteString(path));
        const files = sys.readPlainFilesOf(path, wanted, maxBytes);
        for (const { name } of files) add(`${byteString(path)}/${name}`);
        return files;
      },
    };
  }
}
