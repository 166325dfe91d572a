import { readlinkSync } from "node:fs";
import { SystemError } from "../sys/errors.ts";
import { AT_FDCWD, exists } from "../sys/files.ts";
import { offerName } from "../sys/packets.ts";

/** In the directory of a tree's own files: every program of its services works in its own process. */
const REFUSAL = "flag-no-shared-host";

/**
 * Tells the services of this process that their loggers may share a host (native/launcher/launcher.c looks for the name).
 * `dir`: where somebody may have put `flag-no-shared-host`.
 */
export function offerSharedHost(dir: string, warn: (text: string) => void): void {
  if (exists(AT_FDCWD, `${dir}/${REFUSAL}`)) return;
  try {
    offerName(`s6-actors/tree/${readlinkSync("/proc/self/ns/pid")}/${process.pid}`);
  } catch (error) {
    // Without /proc loggers work by themselves, too.
    if (error instanceof SystemError) warn(`unable to offer a shared host to loggers: ${error.reason}`);
  }
}
