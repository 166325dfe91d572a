import { constants, openSync } from "node:fs";
import type { Sink } from "../log/stream.ts";
import type { ThinProcess } from "./thin-process.ts";

/** A description of its own, that does not block, and that others who write there do not notice; where we may have one. */
export function privately(thin: ThinProcess): Sink {
  try {
    const { O_WRONLY, O_NONBLOCK, O_APPEND } = constants;
    return { fd: thin.own(openSync(`/proc/self/fd/${thin.stderr}`, O_WRONLY | O_NONBLOCK | O_APPEND)), mayBlock: false };
  } catch {
    return { fd: thin.stderr, mayBlock: true };
  }
}
