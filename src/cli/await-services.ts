import { isUp } from "../formats/status.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError, unableTo } from "./failures.ts";
import { hear, isReached, type Phase, type Seen } from "./awaited.ts";
import { listen, type Listener } from "./listener.ts";
import { readStatus } from "./servicedir.ts";

export interface WaitRequest {
  readonly servicedirs: readonly string[];
  /** One after the other. */
  readonly phases: readonly Phase[];
  /** For all phases together; undefined = no limit. */
  readonly timeoutMs: number | undefined;
  /** What to say when services failed. */
  readonly failure?: string;
  /** Starts the change that is waited for, itself or by a program: called when every service is listened to. */
  trigger?(run: Listener["run"]): void;
}

/**
 * Waits for services (s6 documentation, s6-svwait and s6-svlisten). Subscribes first, reads the status files second
 * and triggers third: any other order can miss the event.
 * @returns 0 when the state is reached.
 * @throws ExitError: 99 timed out, 111 a system call failed, else the number of services that will never get there.
 */
export function waitForServices(sys: Sys, request: WaitRequest): 0 {
  return listen(sys, { timeoutMs: request.timeoutMs }, (listener) => {
    const services: Seen[] = request.servicedirs.map((servicedir) => {
      const fifodir = `${servicedir}/event`;
      // There is none before the first start of the supervisor. If it cannot be made, subscribing tells why.
      sys.tryMakeFifodir(fifodir, sys.getegid());
      unableTo(`subscribe to events for ${servicedir}`, () => listener.subscribe(fifodir));
      const status = unableTo(`read status for ${servicedir}`, () => readStatus(sys, servicedir));
      return { up: isUp(status), ready: status.ready };
    });
    request.trigger?.((argv) => listener.run(argv));

    const unheard: { index: number; letter: string }[] = [];
    for (const phase of request.phases) {
      const failed = new Set<number>();
      while (!isReached(phase, services)) {
        const first = unheard.shift();
        if (first === undefined) {
          const { index, bytes } = listener.next();
          for (const byte of bytes) unheard.push({ index, letter: String.fromCharCode(byte) });
          continue;
        }
        const before = services[first.index];
        // D follows O: whoever has failed is not waited for any more, whatever it says later.
        if (before === undefined || failed.has(first.index)) continue;
        const heard = hear(before, first.letter, phase.wanted);
        services[first.index] = heard.seen;
        if (heard.failed) failed.add(first.index);
      }
      if (failed.size > 0) {
        // An exit code has eight bits: 256 failures must not look like success.
        throw new ExitError(
          Math.min(failed.size, 255),
          request.failure ?? "some services reported permanent failure or their supervisor died",
        );
      }
    }
    return 0;
  });
}
