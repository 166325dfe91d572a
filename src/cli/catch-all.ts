import { interpreter, program, quoted } from "./execline.ts";
import { makeDirectories } from "./make-directory.ts";
import type { Sys } from "../sys/sys.ts";
import { otherwise } from "../sys/system-error.ts";

/** The catch-all logger of a tree: the service that s6-svscan knows by its name (s6 documentation, s6-svscanboot). */

const SERVICE = "s6-svscan-log";
const [DIRECTORY_MODE, FIFO_MODE, RUN_MODE] = [0o2755, 0o600, 0o755];

export interface CatchAll {
  readonly logdir: string;
  /** For s6-log, as they are. */
  readonly directives: string;
  readonly user: string | undefined;
}

/** Makes it anew in a scan directory, and answers its FIFO. */
export function makeCatchAll(sys: Sys, scandir: string, catchAll: CatchAll): string {
  const servicedir = `${scandir}/${SERVICE}`;
  const fifo = `${servicedir}/fifo`;
  const files = { "notification-fd": "3\n", run: runScript(sys, catchAll) };
  if (isMade(sys, servicedir, files)) return fifo;
  sys.removeTree(servicedir);
  makeDirectories(sys, scandir);
  sys.mkdir(servicedir, 0o755);
  sys.chmod(servicedir, DIRECTORY_MODE);
  sys.mkfifo(fifo, FIFO_MODE);
  for (const [name, text] of Object.entries(files)) sys.replaceFile(`${servicedir}/${name}`, Buffer.from(text));
  sys.chmod(`${servicedir}/run`, RUN_MODE);
  return fifo;
}

/** Its stdout would be its own FIFO, which then never ended. */
function runScript(sys: Sys, { logdir, directives, user }: CatchAll): string {
  return [
    `${interpreter(sys, "-s1")}${program(sys, "fdmove")} -c 1 2`,
    `${program(sys, "redirfd")} -rnb 0 fifo`,
    ...(user === undefined ? [] : [`${program(sys, "s6-setuidgid")} ${quoted(user)}`]),
    `${program(sys, "exec")} -c`,
    `${program(sys, "s6-log")} -bpd3 -- ${directives} ${quoted(logdir)}\n`,
  ].join("\n");
}

/**
 * Is it there as it would be made, with nothing else than what a supervisor puts there? Then it stays: a logger that has
 * outlived its tree still reads from this FIFO, and holds the log directory. The new tree takes it over.
 */
function isMade(sys: Sys, servicedir: string, files: Readonly<Record<string, string>>): boolean {
  return otherwise(false, () => {
    if (!sys.lstat(servicedir).isDirectory || !sys.lstat(`${servicedir}/fifo`).isFifo) return false;
    const known = [...Object.keys(files), "fifo", "supervise", "event"];
    return (
      sys.readdir(servicedir).every((name) => known.includes(name)) &&
      (sys.lstat(`${servicedir}/run`).mode & 0o7777) === RUN_MODE &&
      Object.entries(files).every(([name, text]) => Buffer.from(sys.readFile(`${servicedir}/${name}`)).toString() === text)
    );
  });
}
