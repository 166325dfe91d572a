import { readFileSync, readlinkSync, statSync } from "node:fs";

const RIGHTS = /^(?:Uid|Gid|Groups|Cap\w+|NoNewPrivs|Seccomp\w*):.*$/gm;
const SPACES = ["mnt", "pid", "user"];

/**
 * What the kernel lets a process do, and where: equal texts, equal standing. Whoever has another one is not served: it
 * would do through us what it may not do itself. The thin process looks for its host by the same facts
 * (native/launcher/connect-host.c); here they are proved. undefined: they can't be known.
 */
export function standingOf(pid: number | "self"): string | undefined {
  const proc = `/proc/${pid}`;
  try {
    const root = statSync(`${proc}/root/`);
    return JSON.stringify([
      readFileSync(`${proc}/status`, "latin1").match(RIGHTS),
      SPACES.map((space) => readlinkSync(`${proc}/ns/${space}`)),
      root.dev, root.ino,
      label(proc),
    ]);
  } catch {
    return undefined; // it is gone, or we may not look
  }
}

/** Of a security module; kernels without one have none. */
function label(proc: string): string {
  try {
    return readFileSync(`${proc}/attr/current`, "latin1");
  } catch {
    return "";
  }
}
