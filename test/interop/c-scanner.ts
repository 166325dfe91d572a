import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { C_BIN, makeTempDirectory, writeTree } from "../support/c-tree.ts";

export interface CTree {
  readonly ended: Promise<number | null>;
  readonly pid: number;
}

/**
 * The C s6-svscan on that directory, with the s6-supervise that is in `bin`; told to end when the test is over. Debian's
 * calls /usr/bin/s6-supervise: in a mount namespace of its own, that may be another.
 */
export function cTree(scandir: string, bin: string): CTree {
  const standIn = join(makeTempDirectory(), "s6-supervise");
  writeTree(dirname(standIn), { "s6-supervise": `#!/bin/sh\nexec ${bin}/s6-supervise "$@"\n` });
  const script = 'mount --bind "$1" "$2/s6-supervise" && exec "$2/s6-svscan" "$3"';
  const command =
    bin === C_BIN ? [join(C_BIN, "s6-svscan"), scandir] : ["unshare", "--mount", "sh", "-c", script, "sh", standIn, C_BIN, scandir];
  const [file = "", ...args] = command;
  const child = spawn(file, args, { stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return { ended, pid: child.pid ?? -1 };
}
