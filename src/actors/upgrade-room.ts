import { readdirSync } from "node:fs";
import { probe } from "../store/outage.ts";
import { errorCode, SystemError } from "../sys/errors.ts";
import { AT_FDCWD, exists } from "../sys/files.ts";
import { RESERVED_DESCRIPTORS } from "./descriptor-budget.ts";
import { nofile, softNofileOfChildren } from "../sys/process.ts";

/**
 * Room for a new program in our place. The self-test proves that it starts, but in a process of its own: this one has
 * open files that it keeps, and by the time that the new program misses something there is no old one any more.
 */

/** The launcher reads /proc/self/fd and a file, and the loader libraries, before Node raises the soft limit to the hard one. */
const BEFORE_NODE = 8;
/** On top of what this program has open: each thread opens a control FIFO anew before it closes the one that was kept. */
const WHILE_TAKING_OVER = 32;

/** A registry of services, a journal, a status for each service: room for them there? @throws SystemError */
export function requireDisk(directories: readonly string[]): void {
  for (const directory of directories) {
    if (!exists(AT_FDCWD, directory)) continue; // made anew
    try {
      probe(directory);
    } catch (error) {
      if (error instanceof Error && "errno" in error) throw new SystemError("write", directory, errorCode(-Number(error.errno)));
      throw error;
    }
  }
}

/**
 * `kept`: what stays open, from 3 on; `services`: how many of all descriptors are theirs.
 * @throws Error, SystemError
 */
export function requireDescriptors({ kept, services }: { readonly kept: readonly number[]; readonly services: number }): void {
  const { hard } = nofile();
  const first = Math.min(softNofileOfChildren(), hard);
  const taken = kept.filter((fd) => fd < first).length;
  const open = readdirSync("/proc/self/fd").length;
  // A limit that was lowered since the start is no limit for what is open, but for a program that counts anew.
  const needed = Math.max(open + WHILE_TAKING_OVER, RESERVED_DESCRIPTORS + services);
  if (first - taken >= BEFORE_NODE && needed <= hard) return;
  throw new Error(`too few file descriptors: ${needed} are needed, the limit is ${hard}; ${taken} of the first ${first} are kept`);
}
