import { SystemError } from "../../sys/errors.ts";
import { isBroken, POLL_IN } from "../../sys/poller.ts";
import { acceptClient, isHopeless, type StreamClient } from "../../sys/stream-socket.ts";
import type { DaemonWorld } from "../daemon/daemon-world.ts";

/** How long it is not asked when there was nothing to serve anybody with. */
const PAUSE_MS = 1000;
/** Others have their turn then: whoever ends, and signals. */
const MOST_AT_ONCE = 16;

interface ListenerEars {
  connected(client: StreamClient): void;
  /** All that were there for now have been told of. */
  rested(): void;
  /** It goes on after a while, or when resume() is called. */
  failed(error: SystemError): void;
  /** Nobody will ever come. */
  broken(): void;
}

/** A listening socket that is asked only while somebody can be served: the others wait in its queue. */
export class Listener {
  readonly #fd: number;
  readonly #world: DaemonWorld;
  readonly #ears: ListenerEars;
  #isWanted = false;
  #isWatched = false;
  #endPause: (() => void) | undefined;
  /** What it failed with last, and has been told of. */
  #trouble = "";

  /** `fd`: non-blocking. */
  constructor(fd: number, world: DaemonWorld, ears: ListenerEars) {
    this.#fd = fd;
    this.#world = world;
    this.#ears = ears;
  }

  set isWanted(isWanted: boolean) {
    this.#isWanted = isWanted;
    this.#adapt();
  }

  /** Nobody can be served for a while: they wait in the queue. */
  pause(): void {
    if (this.#endPause !== undefined) return;
    this.#endPause = this.#world.after(PAUSE_MS, () => this.resume());
    this.#adapt();
  }

  /** Something has become free. */
  resume(): void {
    if (this.#endPause === undefined) return;
    this.#endPause();
    this.#endPause = undefined;
    this.#adapt();
  }

  #adapt(): void {
    const { watcher } = this.#world;
    const isWatched = this.#isWanted && this.#endPause === undefined;
    if (isWatched === this.#isWatched) return;
    this.#isWatched = isWatched;
    if (isWatched) watcher.watch(this.#fd, POLL_IN, this.#accept);
    else watcher.unwatch(this.#fd);
  }

  readonly #accept = (): void => {
    let count = 0;
    for (; this.#isWatched && count < MOST_AT_ONCE; count++) {
      const client = this.#next();
      if (client === undefined) break;
      this.#ears.connected(client);
    }
    if (count > 0) this.#ears.rested();
    // Nobody was there: another process was faster, or somebody has shut it down, and it is readable for ever.
    else if (this.#isWatched && isBroken(this.#fd)) this.#ears.broken();
  };

  #next(): StreamClient | undefined {
    try {
      const client = acceptClient(this.#fd, false);
      if (client !== undefined) this.#trouble = "";
      return client;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#onFailure(error);
      return undefined;
    }
  }

  /** Most likely there are no descriptors: whoever waits makes the socket readable all the time. */
  #onFailure(error: SystemError): void {
    if (isHopeless(error)) return this.#ears.broken();
    this.pause();
    if (error.code !== this.#trouble) this.#ears.failed(error);
    this.#trouble = error.code;
  }
}
