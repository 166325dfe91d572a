import type { Sys } from "../sys/sys.ts";
import { type ExitError, unableTo } from "./failures.ts";
import { listen } from "./listener.ts";

/** What s6-ftrig-wait, s6-ftrig-listen1 and s6-ftrig-listen do: hear events until expressions match. */
export interface PatternRequest {
  readonly subjects: readonly { readonly fifodir: string; readonly regexp: string }[];
  /** One match is enough. */
  readonly any: boolean;
  /** undefined = no limit. */
  readonly timeoutMs: number | undefined;
  /** What to end with when the time is over; 99 by default. */
  readonly timedOut?: ExitError;
  /** A program to start when every fifodir is listened to. */
  readonly command?: readonly string[];
}

/** s6 reads events in chunks of this size, and tries and answers whole chunks. */
const CHUNK_SIZE = 32;

/** What the programs say that start another and then wait in vain. */
export const EVENT_TIMED_OUT = "unable to get expected event: Connection timed out";

/** What each fifodir has said up to its match. @throws ExitError */
export function hearPatterns(sys: Sys, { subjects, any, command, ...patience }: PatternRequest): readonly Uint8Array[] {
  return listen(sys, { ...patience, chunkSize: CHUNK_SIZE }, (listener) => {
    const ears = subjects.map(({ fifodir, regexp }) => {
      const purpose = `subscribe to ${fifodir} with regexp ${regexp}`;
      const matches = unableTo(purpose, () => sys.compileRegex(regexp));
      unableTo(purpose, () => listener.subscribe(fifodir));
      return { matches, heard: new Uint8Array() as Uint8Array, hasMatched: false };
    });
    if (command !== undefined) unableTo(`spawn ${command[0]}`, () => listener.run(command));

    const isDone = (): boolean =>
      any ? ears.some(({ hasMatched }) => hasMatched) : ears.every(({ hasMatched }) => hasMatched);
    while (!isDone()) {
      const { index, bytes } = listener.next();
      const ear = ears[index];
      // Who has matched is not listened to any more, only kept from filling up.
      if (ear === undefined || ear.hasMatched) continue;
      ear.heard = Buffer.concat([ear.heard, bytes]);
      ear.hasMatched = ear.matches(ear.heard);
    }
    return ears.map(({ heard }) => heard);
  });
}
