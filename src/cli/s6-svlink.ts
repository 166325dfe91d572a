import { basename } from "node:path";
import type { Sys } from "../sys/sys.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import { linkService, type LinkRequest, parseLinkOptions } from "./link-service.ts";
import type { Context, Program } from "./program.ts";
import { isScanned, isSupervised } from "./servicedir.ts";

const NAME = "s6-svlink";

export const s6svlink: Program = {
  name: NAME,
  synopsis: "s6-svlink [ -d | -D ] [ -f ] [ -P ] [ -t timeout ] scandir servicedir [ name ]",
  help: `Links a service directory into the scan directory of a running s6-svscan, and waits until a supervisor runs on
it and on its logger. Options come before the directories. name: default is the last component of servicedir.

  -d     supervise, but do not start the service now; leaves no down file
  -D     the same, and leave a down file
  -P     if event/ must be made, let everybody listen to it; default: only our own group
  -f     give an existing event/ these rights, too
  -t MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 success, 1 no s6-svscan there, 99 timed out, 100 wrong usage, 111 system error. Unless 0, the link is
removed again.`,
  main(context) {
    const request = parseCommandLine(context.args);
    const { scandir, servicedir, name } = request;
    checkScandir(context.sys, scandir);
    checkServicedir(context, servicedir);

    const purpose = `link servicedir ${servicedir} into scandir ${scandir} with name ${name}`;
    try {
      unableTo(purpose, () => linkService(context, request));
    } catch (error) {
      if (!(error instanceof ExitError) || error.exitCode !== 99) throw error;
      throw new ExitError(99, `unable to ${purpose}: ${error.message}`, { cause: error });
    }
    return 0;
  },
};

function parseCommandLine(args: readonly string[]): LinkRequest {
  const { operands: [scandir, servicedir, given], ...wishes } = parseLinkOptions(args);
  if (scandir === undefined || servicedir === undefined) throw new UsageError();
  const name = given ?? basename(servicedir);
  if (scandir === "") throw new ExitError(100, "invalid scandir");
  if (servicedir === "") throw new ExitError(100, "invalid servicedir");
  if (name === "" || name.startsWith(".") || name.startsWith("/")) throw new ExitError(100, "invalid name");
  return { program: NAME, scandir, servicedir, name, ...wishes };
}

function checkScandir(sys: Sys, scandir: string): void {
  if (!isScanned(sys, scandir)) throw new ExitError(1, `s6-svscan not running on ${scandir}`);
}

function checkServicedir({ sys, stderr }: Context, servicedir: string): void {
  const log = `${servicedir}/log`;
  checkSupervisable(servicedir);
  const status = unableTo(`stat ${log}`, () => sys.statIfPresent(log));
  if (status === undefined) return;
  if (!status.isDirectory) throw new ExitError(100, `${log} is not a directory`);
  checkSupervisable(log);

  function checkSupervisable(directory: string): void {
    const run = `${directory}/run`;
    if ((unableTo(`stat ${run}`, () => sys.stat(run)).mode & 0o100) === 0) {
      throw new ExitError(100, `${run} is not executable`);
    }
    if (unableTo(`check supervision status of ${directory}`, () => isSupervised(sys, directory))) {
      stderr(warningLine(NAME, `supervisor already running on ${directory}`));
    }
  }
}
