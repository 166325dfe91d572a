import { DESCRIPTORS_PER_PIPE, DESCRIPTORS_PER_SERVICE } from "../machines/scanner/state.ts";
import { SystemError } from "../sys/errors.ts";
import { AT_FDCWD, readFileAt } from "../sys/files.ts";
import { nofile, setSoftNofile } from "../sys/process.ts";

/** Descriptors that are not for services: Node, its threads, the journal, the low slots that spawning uses. */
export const RESERVED_DESCRIPTORS = 192;

/** Of what is left for services. */
export interface DescriptorBudget {
  readonly maxDescriptors: number;
  /** How many each service takes: fewer where there are not enough for all. */
  readonly descriptorsPerService: number;
}

/**
 * The soft limit becomes the hard one, or what `maxServices` need where that is more and we may (root); for this process
 * only.
 */
export function raiseDescriptors(maxServices: number): DescriptorBudget {
  const { soft, hard } = nofile();
  const needed = RESERVED_DESCRIPTORS + maxServices * (DESCRIPTORS_PER_SERVICE.usual + DESCRIPTORS_PER_PIPE);
  for (const limit of [Math.min(needed, mostDescriptors()), hard]) {
    if (limit < hard || limit <= soft) continue;
    try {
      setSoftNofile(limit);
      break;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }
  const maxDescriptors = Math.max(0, nofile().soft - RESERVED_DESCRIPTORS);
  const isAmple = maxDescriptors >= maxServices * (DESCRIPTORS_PER_SERVICE.usual + DESCRIPTORS_PER_PIPE);
  return { maxDescriptors, descriptorsPerService: DESCRIPTORS_PER_SERVICE[isAmple ? "usual" : "fewest"] };
}

/** Above it the kernel refuses even root. */
function mostDescriptors(): number {
  const text = readFileAt(AT_FDCWD, "/proc/sys/fs/nr_open", 32);
  return text === undefined ? 0 : Number(Buffer.from(text).toString("latin1"));
}
