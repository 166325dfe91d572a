import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";

/** Errors after which lmdb's own state in this process is not to be trusted: no more tries before a restart. */
const FATAL: ReadonlySet<string> = new Set(["MDB_PANIC", "MDB_CORRUPTED", "MDB_PAGE_NOTFOUND", "MDB_BAD_TXN"]);
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 300_000;
const PROBE = new Uint8Array(256 * 1024);

/** A circuit breaker without a timer: it is asked whether a new try is due. */
export class Outage {
  #delayMs = 0;
  #retryAtMs = 0;
  #fatal = false;
  #reported = false;

  /** Answers whether this failure is to be reported: once per outage. */
  failed(code: string, nowMs: number): boolean {
    this.#fatal ||= FATAL.has(code);
    this.#delayMs = this.#delayMs === 0 ? FIRST_RETRY_MS : Math.min(this.#delayMs * 2, LAST_RETRY_MS);
    this.#retryAtMs = nowMs + this.#delayMs;
    const report = !this.#reported;
    this.#reported = true;
    return report;
  }

  get mayEnd(): boolean {
    return !this.#fatal;
  }

  isRetryDue(nowMs: number): boolean {
    return this.mayEnd && nowMs >= this.#retryAtMs;
  }

  /** Answers whether there was an outage: its end is to be reported, too. */
  succeeded(): boolean {
    const ended = this.#reported;
    this.#delayMs = 0;
    this.#reported = false;
    return ended;
  }
}

/**
 * Is there room? A commit that fails inside lmdb may damage its heap, so a plain file is tried before each opening and
 * before each new try: it also sees quotas and read-only mounts, which free-space figures do not.
 * @throws the node:fs error
 */
export function probe(dir: string): void {
  const path = join(dir, `probe.${process.pid}.${threadId}`);
  const fd = openSync(path, "w", 0o600);
  try {
    for (let done = 0; done < PROBE.byteLength; ) done += writeSync(fd, PROBE, done);
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}

/**
 * Why a commit failed. lmdb rejects with "Commit failed" and has the reason, if any, in a second promise, which would be
 * an unhandled rejection. A probe often knows better: a short write is EIO for lmdb and ENOSPC for everybody else.
 */
export async function reasonOf(error: unknown, dir: string): Promise<unknown> {
  const reasons: Promise<unknown>[] = [new Promise((resolve) => setImmediate(resolve, error))];
  if (error instanceof Error && "commitError" in error) {
    reasons.unshift(Promise.resolve(error.commitError).then(() => error, (cause: unknown) => cause));
  }
  const reason = await Promise.race(reasons);
  try {
    probe(dir);
    return reason;
  } catch (cause) {
    return cause;
  }
}
