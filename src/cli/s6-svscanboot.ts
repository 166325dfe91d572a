import { constants } from "node:fs";
import { join, resolve } from "node:path";
import { packageRoot } from "../sys/package-root.ts";
import type { Sys } from "../sys/sys.ts";
import { becomeInFront } from "./become.ts";
import { type CatchAll, makeCatchAll } from "./catch-all.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import { makeDirectories } from "./make-directory.ts";
import { parseLongOptions, parseNumber } from "./options.ts";
import type { Context, Program } from "./program.ts";
import { clamp, descriptor, LIMITS, requireOpen, workers } from "./svscan-options.ts";

const NAME = "s6-svscanboot";
const [SYSTEM_LOGDIR, USER_LOGDIR] = ["/run/uncaught-logs", "uncaught-logs"];
const MODE = 0o2750;
const DIRECTIVES = "t";
const { O_NOCTTY, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

export const s6svscanboot: Program = {
  name: NAME,
  synopsis: `${NAME} [ -c console ] [ -D catchalldir ] [ -m catchallmode ] [ -l catchalluser ] [ -o catchalloptions ] [ -u ] [ -d fd ] [ -C max ] [ -L max ] [ -t ms ] [ -w threads ] [ -j dir | -J ] scandir`,
  help: `Becomes an s6-svscan on SCANDIR whose own output, and that of every service without a logger, is logged by a service
of the tree itself: s6-svscan-log, a catch-all logger that is made anew. Makes SCANDIR if it is missing.

  -c FILE, --console=FILE           where the errors of the catch-all logger go (default: stderr)
  -D DIR, --catchall-directory=DIR  the log directory (default ${SYSTEM_LOGDIR})
  -m MODE, --catchall-mode=MODE     its permissions, octal (default 0${MODE.toString(8)})
  -l USER, --catchall-user=USER     run the logger as this user, who gets the log directory; for root
  -o TEXT, --catchall-options=TEXT  directives for s6-log, put into its run script as they are (default ${DIRECTIVES})
  -u, --user                        a log directory that is relative or not given (then ${USER_LOGDIR}) is below
                                    $XDG_RUNTIME_DIR
  -d FD, --notification-fd=FD       these are for s6-svscan
  -C N, --services-max=N
  -L N, --name-max=N
  -t MS, --timeout=MS
  -w N, --workers=N
  -j DIR, --journal=DIR
  -J, --no-journal

Exit codes, before it is s6-svscan: 100 wrong usage or an s6-svscan runs on SCANDIR, 111 system error, 126 or 127
s6-svscan can't be executed.`,
  main(context) {
    const { sys } = context;
    const { options, operands: [scandir] } = parseLongOptions(context.args, "c:D:m:l:o:ud:C:L:t:w:j:J", {
      console: "c", "catchall-directory": "D", "catchall-mode": "m", "catchall-user": "l", "catchall-options": "o", user: "u",
      "notification-fd": "d", "services-max": "C", "name-max": "L", timeout: "t", workers: "w", journal: "j", "no-journal": "J",
    });
    let [console, user, logdir]: (string | undefined)[] = [];
    let [mode, directives, isOfUser] = [MODE, DIRECTIVES, false];
    let notificationFd: number | undefined;
    const passed: string[] = [];
    for (const { name, value } of options) {
      switch (name) {
        case "c": console = value; break;
        case "D": logdir = value; break;
        case "m": mode = octal(value); break;
        case "l": user = value; break;
        case "o": directives = value; break;
        case "u": isOfUser = true; break;
        case "d": notificationFd = descriptor("notification-fd", value); break;
        case "C": passed.push("-C", String(clamp(parseNumber(value, "services-max"), LIMITS.services))); break;
        case "L": passed.push("-L", String(clamp(parseNumber(value, "name-max"), LIMITS.name))); break;
        case "t": passed.push("-t", String(parseNumber(value, "timeout"))); break;
        case "w": passed.push("-w", String(workers(value)).replace("auto", "0")); break;
        case "j": passed.push("-j", resolve(value)); break;
        case "J": passed.push("-J"); break;
      }
    }
    if (scandir === undefined) throw new UsageError();
    requireOpen(sys, "notification", notificationFd);
    if (notificationFd !== undefined) passed.push("-d", String(notificationFd));
    const lock = `${scandir}/.s6-svscan/lock`;
    if (unableTo(`check lock on ${lock}`, () => sys.isLocked(lock))) throw new ExitError(100, `another instance is already running on ${scandir}`);

    const owner = ownerOf(context, user);
    const catchAll: CatchAll = { logdir: logdirOf(logdir, isOfUser), directives, user: owner?.name };
    unableTo(`make log directory ${catchAll.logdir}`, () => {
      makeDirectories(sys, catchAll.logdir);
      if (owner !== undefined) sys.chown(catchAll.logdir, owner.uid, owner.gid);
      sys.chmod(catchAll.logdir, mode);
    });
    const fifo = unableTo(`make the catch-all logger in ${scandir}`, () => makeCatchAll(sys, scandir, catchAll));
    const consoleFd = notificationFd === 3 ? 4 : 3;
    redirect(sys, console, consoleFd, fifo);
    const file = join(packageRoot, "bin", "s6-svscan");
    return becomeInFront(sys, [file, "-X", String(consoleFd), ...passed, "--", scandir], consoleFd);
  },
};

function octal(text: string): number {
  if (!/^0*[0-7]{1,4}$/.test(text)) throw new ExitError(100, "catchall-mode must be an octal number");
  return Number.parseInt(text, 8);
}

function ownerOf({ sys, stderr }: Context, name: string | undefined): ReturnType<Sys["userByName"]> {
  if (name === undefined) return undefined;
  if (sys.geteuid() !== 0) {
    stderr(warningLine(NAME, "only root may give the catch-all logger to a user: ignoring catchall-user"));
    return undefined;
  }
  const owner = sys.userByName(name);
  if (owner === undefined) throw new ExitError(100, `unknown user: ${name}`);
  return owner;
}

function logdirOf(given: string | undefined, isOfUser: boolean): string {
  if (!isOfUser) return resolve(given ?? SYSTEM_LOGDIR);
  const logdir = given ?? USER_LOGDIR;
  if (logdir.startsWith("/")) return logdir;
  const runtime = process.env["XDG_RUNTIME_DIR"];
  if (runtime === undefined) throw new ExitError(100, "XDG_RUNTIME_DIR not set");
  return resolve(runtime, logdir);
}

/** From here on our own messages go where those of the tree do; the console is kept on its descriptor. */
function redirect(sys: Sys, console: string | undefined, consoleFd: number, fifo: string): void {
  const kept = console === undefined ? 2 : unableTo(`open ${console}`, () => sys.open(console, O_WRONLY | O_NOCTTY));
  const nothing = unableTo("open /dev/null", () => sys.open("/dev/null", O_RDWR));
  const writeEnd = unableTo(`open ${fifo}`, () => {
    // Nobody could open it for writing alone while nobody reads.
    const reader = sys.open(fifo, O_RDONLY | O_NONBLOCK);
    const writer = sys.open(fifo, O_WRONLY | O_NONBLOCK);
    sys.closeFd(reader);
    sys.setNonblock(writer, false);
    return writer;
  });
  unableTo("move descriptors", () => {
    sys.dupOnto(kept, consoleFd);
    for (const [from, to] of [[nothing, 0], [writeEnd, 1], [writeEnd, 2]] as const) sys.dupOnto(from, to);
  });
}
