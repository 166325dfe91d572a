import { addon } from "./addon.ts";
import { check } from "./errors.ts";
import { POLL_IN } from "./poller.ts";

const CAPACITY = 64;

/** A poll set that its thread waits for by itself: nothing else happens there meanwhile. */
export class Waiter {
  readonly #fd = check(addon.waiterCreate(), "epoll_create");
  /** Those that the last wait() has found, as many as it said, in ascending order. */
  readonly tokens = new Int32Array(CAPACITY);

  /** `token`: a 32-bit integer of the caller's choice. Errors and hang-ups are always reported. */
  add(fd: number, token: number, events: number = POLL_IN): void {
    check(addon.waiterAdd(this.#fd, fd, events, token), "epoll_ctl");
  }

  /** Before the descriptor is closed. */
  remove(fd: number): void {
    check(addon.waiterRemove(this.#fd, fd), "epoll_ctl");
  }

  /** How many are ready; 0 after `ms` milliseconds, -1 for no limit, and now and then without a reason. */
  wait(ms: number): number {
    return check(addon.waiterWait(this.#fd, ms, this.tokens), "epoll_wait");
  }
}
