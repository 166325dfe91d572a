import "../actors/own-streams.ts"; // first of all
import { resolve } from "node:path";
import { LOG_VARIABLE } from "../actors/report.ts";
import { type ScannerOptions, scanForever } from "../actors/scanner.ts";
import { SELF_TEST, selfTest } from "../actors/upgrade.ts";
import { StartError } from "../actors/start-error.ts";
import { msOrForever } from "../formats/uint.ts";
import { DEFAULT_KEEP, type Keep, parseKeep } from "../store/keep.ts";
import { launch } from "../sys/launch.ts";
import { RUNNING } from "./daemon.ts";
import { ExitError, unableTo, UsageError } from "./failures.ts";
import { parseLongOptions, parseNumber } from "./options.ts";
import type { Program } from "./program.ts";
import { exitNow } from "../sys/process.ts";
import { clamp, descriptor, LIMITS, requireOpen, workers } from "./svscan-options.ts";

export const s6svscan: Program = {
  name: "s6-svscan",
  synopsis:
    "s6-svscan [ -d fd ] [ -X fd ] [ -t ms ] [ -C max ] [ -L max ] [ -w threads ] [ -j dir | -J ] [ -k limits ] [ -l file ] scandir",
  help: `Supervises every service directory in scandir, and its logger if it has one; takes commands from s6-svscanctl;
reaps orphans. Ends by executing scandir/.s6-svscan/finish.

  -d FD, --notification-fd=FD  write a newline there when commands are accepted
  -X FD, --console-holder=FD   console for the catch-all logger, and for what comes after it
  -t MS, --timeout=MS          scan again every so many milliseconds; 0 = only on command (default)
  -C N, --services-max=N       most supervised directories, a logger counts (default ${LIMITS.services.usual})
  -L N, --name-max=N           longest name in bytes (default ${LIMITS.name.usual})
  -w N, --workers=N            threads for the supervisors; 0 (default) = 1, and 1 more per 250 services up to the
                               number of cores. More threads start services faster, each costs about 10 MB
  -j DIR, --journal=DIR        keep the history of the services there (default scandir/.s6-svscan/journal)
  -J, --no-journal             keep no history
  -k LIMITS, --keep=LIMITS     how much of it: age=30d,records=10000,size=64M (default size=64M). Words of the file
                               .s6-svscan/keep, which may be changed at any time, replace these; see s6-svprune
  -l FILE, --log=FILE          write what is said on stderr to FILE as well, one JSON object a line

exit codes, before it runs:
  100  wrong usage, another instance is running on scandir, or something in it is of the wrong kind
  111  a system call failed
and after: 0 when there is no finish script, or what the service of .s6-svscan/exit-with exited with; 127 or 126
when it had to execute .s6-svscan/crash and could not.`,
  main({ args, sys, stdout }) {
    if (args[0] === SELF_TEST && args.length <= 2) {
      void selfTest(args[1] ?? null, stdout).then(() => exitNow(0)); // a failure is an unhandled rejection: it ends with 1
      return RUNNING;
    }
    const { options, operands: [scandir] } = parseLongOptions(args, "C:L:t:d:X:w:j:Jk:l:", {
      "services-max": "C",
      "name-max": "L",
      timeout: "t",
      "notification-fd": "d",
      "console-holder": "X",
      workers: "w",
      journal: "j",
      "no-journal": "J",
      keep: "k",
      log: "l",
    });
    const settings: { -readonly [Name in keyof ScannerOptions]: ScannerOptions[Name] } = {
      maxServices: LIMITS.services.usual,
      maxNameBytes: LIMITS.name.usual,
      scanPeriodMs: null,
      notificationFd: undefined,
      consoleFd: undefined,
      workers: "auto",
      journalDir: undefined,
      keep: DEFAULT_KEEP,
      startDir: sys.cwd(),
      restartWords: [],
    };
    for (const { name, value } of options) {
      switch (name) {
        case "C": settings.maxServices = clamp(parseNumber(value, "services-max"), LIMITS.services); break;
        case "L": settings.maxNameBytes = clamp(parseNumber(value, "name-max"), LIMITS.name); break;
        case "t": settings.scanPeriodMs = msOrForever(parseNumber(value, "timeout")) ?? null; break;
        case "d": settings.notificationFd = descriptor("notification-fd", value); break;
        case "X": settings.consoleFd = descriptor("console-holder", value); break;
        case "w": settings.workers = workers(value); break;
        case "j": settings.journalDir = resolve(value); break;
        case "J": settings.journalDir = null; break;
        case "k": settings.keep = keep(value, settings.keep); break;
        case "l": process.env[LOG_VARIABLE] = resolve(value); break; // the worker threads inherit it
      }
    }
    if (scandir === undefined) throw new UsageError();
    const again = options.filter(({ name }) => name !== "d").flatMap(({ name, value }) => (value === "" ? [`-${name}`] : [`-${name}`, value]));
    settings.restartWords = [launch.argv0 ?? "s6-svscan", ...again, "--", scandir];
    requireOpen(sys, "notification", settings.notificationFd);
    requireOpen(sys, "console holder", settings.consoleFd);
    unableTo(`chdir to ${scandir}`, () => sys.chdir(scandir));
    try {
      scanForever(settings);
    } catch (error) {
      if (error instanceof StartError) throw new ExitError(error.code, error.message, { hint: error.hint?.text });
      throw error;
    }
    return RUNNING;
  },
};

function keep(text: string, base: Keep): Keep {
  try {
    return parseKeep(text, base);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ExitError(100, error.message);
    throw error;
  }
}
