import { fsync } from "node:fs";
import { SystemError } from "../../sys/errors.ts";
import { fchdir, umask } from "../../sys/process.ts";
import type { Watcher } from "../watcher.ts";
import type { ThinProcess } from "./thin-process.ts";

/**
 * Whatever is done for a thin process is done in a turn of its own: the working directory and the umask are those of that
 * process then, so that paths mean what they mean to it.
 */
export class Turns {
  readonly #watcher: Watcher;
  #current: ThinProcess | undefined;
  #mask = 0;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  of<T>(thin: ThinProcess, action: () => T): T {
    if (!thin.isGone) this.#enter(thin); // what is done for one that is gone is no business of any directory
    return action();
  }

  watcherOf(thin: ThinProcess): Watcher {
    return {
      watch: (fd, events, ready) => this.#watcher.watch(fd, events, () => this.of(thin, ready)),
      unwatch: (fd) => this.#watcher.unwatch(fd),
    };
  }

  /** Answers how to have it not. */
  after(thin: ThinProcess, ms: number, then: () => void): () => void {
    const timer = setTimeout(() => {
      if (!thin.isGone) this.of(thin, then);
    }, ms);
    return () => clearTimeout(timer);
  }

  /** fsync, in another thread: others need not wait for a slow disk. */
  sync(thin: ThinProcess, fd: number, ended: (error: SystemError | undefined) => void): void {
    fsync(fd, (error) => this.of(thin, () => ended(error === null ? undefined : new SystemError("fsync", undefined, error.code ?? "EIO"))));
  }

  /** It is gone: its number of the working directory may soon be another's. */
  leave(thin: ThinProcess): void {
    if (this.#current === thin) this.#current = undefined;
  }

  #enter(thin: ThinProcess): void {
    if (this.#current === thin) return;
    fchdir(thin.cwd);
    if (this.#mask !== thin.papers.umask) umask(thin.papers.umask);
    this.#mask = thin.papers.umask;
    this.#current = thin;
  }
}
