import type { Sys } from "../sys/sys.ts";
import { otherwise } from "../sys/system-error.ts";

/** Looking around without a failure: what can't be looked at (a loop of links, a supervise/ of somebody else) is not there. */

export const statOf = (sys: Sys, path: string): ReturnType<Sys["statIfPresent"]> => otherwise(undefined, () => sys.statIfPresent(path));

/** A scan directory may be called run. */
export const hasRun = (sys: Sys, directory: string): boolean => statOf(sys, `${directory}/run`)?.isDirectory === false;

export const isThere = (sys: Sys, path: string): boolean => otherwise(false, () => sys.exists(path));

/** Without those that begin with a dot, in order. */
export const namesIn = (sys: Sys, directory: string): string[] =>
  otherwise([], () => sys.readdir(directory).filter((name) => !name.startsWith(".")).sort());
