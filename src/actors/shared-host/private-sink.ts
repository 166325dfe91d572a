import { constants, openSync } from "node:fs";
import type { Sink } from "../log/stream.ts";
import type { ThinProcess } from "./thin-process.ts";

/** One of its descriptors, with a description of its own that does not block, and that others who write there do not notice; where we may have one. */
export function privately(thin: ThinProcess, fd: number): Sink {
  try {
    const { O_WRONLY, O_NONBLOCK, O_APPEND } = constants;
    return { fd: thin.own(openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_APPEND)), mayBlock: false };
  } catch {
    return { fd, mayBlock: true };
  }
}
