import type { SignalName } from "../formats/signals.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError } from "./failures.ts";

/**
 * Listening to fifodirs with a limit, in a program that can be interrupted at any moment and leaves no FIFO behind:
 * the subscriptions end with `listen`, whatever ends it.
 */
export interface Listener {
  /** Subscribes to one more fifodir; its index is the number of those before it. Throws SystemError. */
  subscribe(fifodir: string): void;
  /** How many have been subscribed to. */
  readonly size: number;
  /** Starts a program, which is reaped when it dies; how it ends does not matter. @throws SystemError */
  run(argv: readonly string[]): void;
  /**
   * Blocks until a fifodir has said something; at most `chunkSize` bytes at a time, as they came.
   * @throws ExitError when the time is over.
   */
  next(): Heard;
}

export interface Heard {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** The signals that end a program by default and that somebody sends on purpose. */
export const ENDING: readonly SignalName[] = ["HUP", "INT", "QUIT", "TERM", "ALRM", "USR1", "USR2"];

/** Thrown through the body, so that it can put its own things in order. */
class Interrupted extends Error {
  readonly signal: number;
  constructor(signal: number) {
    super(`interrupted by signal ${signal}`);
    this.signal = signal;
  }
}

export interface Patience {
  /** undefined = no limit. */
  readonly timeoutMs: number | undefined;
  readonly chunkSize?: number;
  /** What to end with when the time is over. */
  readonly timedOut?: ExitError;
}

export function listen<T>(
  sys: Sys,
  { timeoutMs, chunkSize = 512, timedOut = new ExitError(99, "timed out") }: Patience,
  body: (listener: Listener) => T,
): T {
  const deadline = timeoutMs === undefined ? undefined : sys.monotonicMs() + timeoutMs;
  const subscriptions: ReturnType<Sys["subscribe"]>[] = [];
  const signals = sys.trapSignals(ENDING);
  let child: ReturnType<Sys["spawnChild"]> | undefined;

  const listener: Listener = {
    subscribe: (fifodir) => void subscriptions.push(sys.subscribe(fifodir)),
    get size() {
      return subscriptions.length;
    },
    run(argv) {
      child = sys.spawnChild(argv[0] ?? "", argv);
    },
    next() {
      for (;;) {
        const left = deadline === undefined ? undefined : Math.max(0, Math.ceil(deadline - sys.monotonicMs()));
        const others = child === undefined ? [signals.fd] : [signals.fd, child.pidfd];
        const ready = sys.pollReadable([...others, ...subscriptions.map(({ fd }) => fd)], left);
        if (ready.length === 0) throw timedOut;
        const signal = ready.includes(signals.fd) ? signals.read() : undefined;
        if (signal !== undefined) throw new Interrupted(signal);
        if (child !== undefined && ready.includes(child.pidfd)) {
          child.wait();
          child = undefined;
        }
        for (const [index, subscription] of subscriptions.entries()) {
          if (!ready.includes(subscription.fd)) continue;
          const bytes = subscription.read(chunkSize);
          if (bytes.length > 0) return { index, bytes };
        }
      }
    },
  };

  let interruption: Interrupted | undefined;
  try {
    return body(listener);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    interruption = error;
  } finally {
    for (const subscription of subscriptions) subscription.close();
    signals.close();
  }
  return sys.dieOfSignal(interruption.signal);
}

/** Blocks until every fifodir subscribed to has said `letter`. @throws ExitError 99. */
export function awaitLetterOfEach(listener: Listener, letter: string): void {
  const silent = new Set(Array(listener.size).keys());
  while (silent.size > 0) {
    const { index, bytes } = listener.next();
    if (bytes.includes(letter.charCodeAt(0))) silent.delete(index);
  }
}
