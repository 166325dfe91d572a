import { addon } from "./addon.ts";
import { check } from "./errors.ts";

export const POLL_IN = 1;
export const POLL_OUT = 4;
export const POLL_ERR = 8;
export const POLL_HUP = 16;
export const POLL_NVAL = 32;

/** What one round hands over at most; the rest comes in the next, since readiness is a level, not an edge. */
const CAPACITY = 256;

/**
 * The poll set of this thread, inside its event loop: at most one at a time. `ready` is called for every descriptor
 * that is ready, in the order of the tokens; it may add and remove, and may still be called, in the same round, for a
 * descriptor that it has just removed. While it is open the event loop goes on.
 */
export class Poller {
  readonly #ready = new Int32Array(2 * CAPACITY);

  /** `lingerMs`: how long a round waits for the next one before the event loop goes on, where nothing else is of importance. */
  constructor(ready: (token: number, events: number) => void, lingerMs = 0) {
    const pairs = this.#ready;
    const dispatch = (count: number): void => {
      for (let index = 0; index < 2 * count; index += 2) ready(pairs[index] ?? 0, pairs[index + 1] ?? 0);
    };
    check(addon.pollerStart(pairs, dispatch, lingerMs), "epoll_create");
  }

  /** `token`: a 32-bit integer of the caller's choice. Errors and hang-ups are always reported. */
  add(fd: number, token: number, events: number = POLL_IN): void {
    check(addon.pollerAdd(fd, events, token), "epoll_ctl");
  }

  /** Before the descriptor is closed: a child between clone and exec holds a copy that would go on reporting. */
  remove(fd: number): void {
    check(addon.pollerRemove(fd), "epoll_ctl");
  }

  close(): void {
    addon.pollerStop();
  }
}

/**
 * For programs without an event loop: blocks until one of the descriptors is readable or at its end, and answers
 * those that are; none when the time is over. `timeoutMs` undefined = no limit. Signals that are trapped come as a
 * descriptor, too.
 */
export function pollReadable(fds: readonly number[], timeoutMs: number | undefined): number[] {
  const triples = Int32Array.from(fds.flatMap((fd) => [fd, POLL_IN, 0]));
  check(addon.poll(triples, timeoutMs ?? -1), "poll");
  return fds.filter((_, index) => triples[3 * index + 2] !== 0);
}

/**
 * The same for any events: [descriptor, events, what happened] each; a negative descriptor is passed over. False when the time
 * is over.
 */
export const pollEvents = (triples: Int32Array, timeoutMs: number | undefined): boolean => check(addon.poll(triples, timeoutMs ?? -1), "poll") > 0;

/** Blocks until a descriptor can be written to, or is broken; false when the time is over before. */
export function pollWritable(fd: number, timeoutMs?: number): boolean {
  return check(addon.poll(Int32Array.of(fd, POLL_OUT, 0), timeoutMs ?? -1), "poll") > 0;
}

/** Would a write go through now, or fail at once? */
export const canWrite = (fd: number): boolean => check(addon.poll(Int32Array.of(fd, POLL_OUT, 0), 0), "poll") > 0;
