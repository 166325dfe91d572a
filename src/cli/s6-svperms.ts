import { FIFODIR_MODE_PUBLIC, FIFODIR_MODE_RESTRICTED } from "../formats/fifodir.ts";
import { parseUint } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

/** What a file is to become; without a gid it belongs to the primary group of its owner. */
interface Wish {
  readonly mode: number;
  readonly gid?: number;
}
/** By path below the service directory; those that are not named stay as they are. */
type Wishes = ReadonlyMap<string, Wish>;
type Warn = (text: string) => void;

const [SUPERVISE, CONTROL, EVENT] = ["supervise", "supervise/control", "event"] as const;

export const s6svperms: Program = {
  name: "s6-svperms",
  synopsis: "s6-svperms [ -v ] [ -u | -g group | -G group | -o | -O group ] [ -e | -E group ] servicedir...",
  help: `Says, or changes, who may look at services, command them, and listen to them. A group is a name or :GID.

  -v        say it after a change, too
  -u        only the owner may look and command
  -g GROUP  the group may look
  -G GROUP  the group may look and command
  -o        everybody may look
  -O GROUP  everybody may look, the group may command
  -e        everybody may listen
  -E GROUP  the group may listen

Of -ugGoO and of -eE the last one counts.

Exit codes: 0 success, 1 something can't be read or has permissions that make no sense, 100 wrong usage, 111 a change
failed.`,
  main({ args, sys, stdout, stderr }) {
    const { options, operands: servicedirs } = parseOptions(args, "vug:G:oO:eE:");
    let [verbose, status, events]: [boolean, Wishes, Wishes] = [false, new Map(), new Map()];
    for (const { name, value } of options) {
      switch (name) {
        case "v": verbose = true; break;
        case "e": case "E": events = wishesOf(name, name === "E" ? parseGroup(sys, value) : 0); break;
        case "u": case "o": status = wishesOf(name, 0); break;
        default: status = wishesOf(name, parseGroup(sys, value));
      }
    }
    if (servicedirs.length === 0) throw new UsageError();

    const wishes = new Map([...status, ...events]);
    const warn: Warn = (text) => stderr(warningLine("s6-svperms", text));
    const lines: string[] = [];
    let exitCode = 0;
    for (const servicedir of servicedirs) {
      for (const [name, wish] of wishes) grant(sys, servicedir, name, wish, warn);
      if (wishes.size > 0 && !verbose) continue;
      if (!describe(sys, servicedir, lines, warn)) exitCode = 1;
    }
    stdout(lines.map((line) => `${line}\n`).join(""));
    return exitCode;
  },
};

function parseGroup(sys: Sys, text: string): number {
  if (!text.startsWith(":")) {
    const entry = sys.groupByName(text);
    if (entry === undefined) throw new ExitError(100, `unable to find entry for ${text} in group database`);
    return entry.gid;
  }
  const gid = parseUint(text.slice(1));
  if (gid === undefined) throw new UsageError();
  return gid;
}

function wishesOf(option: "u" | "g" | "G" | "o" | "O" | "e" | "E", gid: number): Wishes {
  const status = (supervise: Wish, control: Wish): Wishes => new Map([[SUPERVISE, supervise], [CONTROL, control]]);
  switch (option) {
    case "u": return status({ mode: 0o700 }, { mode: 0o600 });
    case "g": return status({ mode: 0o710, gid }, { mode: 0o600 });
    case "G": return status({ mode: 0o710, gid }, { mode: 0o620, gid });
    case "o": return status({ mode: 0o711 }, { mode: 0o600 });
    case "O": return status({ mode: 0o711 }, { mode: 0o620, gid });
    case "e": return new Map([[EVENT, { mode: FIFODIR_MODE_PUBLIC }]]);
    case "E": return new Map([[EVENT, { mode: FIFODIR_MODE_RESTRICTED, gid }]]);
  }
}

function grant(sys: Sys, servicedir: string, name: string, { mode, gid }: Wish, warn: Warn): void {
  const path = `${servicedir}/${name}`;
  const groupOf = (uid: number): number => {
    const group = gid ?? sys.userById(uid)?.gid;
    if (group === undefined) warn(`unable to determine primary gid for the owner of ${path} (using root instead)`);
    return group ?? 0;
  };
  try {
    sys.setAccessAt(servicedir, name, mode, groupOf);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const what = error.syscall === "open" ? "stat" : error.syscall; // to look at it is to open it here
    throw new ExitError(111, `unable to ${what} ${path}: ${error.reason}`, { cause: error });
  }
}

/** Adds a line for everything that makes sense, and complains of the rest; false if it had to. */
function describe(sys: Sys, servicedir: string, lines: string[], warn: Warn): boolean {
  const say = (label: string, name: string, type: Type, access: Access): boolean => {
    try {
      lines.push(`${servicedir} ${label}: ${accessTo(sys, `${servicedir}/${name}`, type, access)}`);
      return true;
    } catch (error) {
      if (!(error instanceof ExitError)) throw error;
      warn(error.message);
      return false;
    }
  };
  // Who may not look into supervise/ can't command, whatever its FIFO says.
  const isStatusSaid = say("status", SUPERVISE, "directory", accessToStatus) && say("control", CONTROL, "named pipe", accessToControl);
  const areEventsSaid = say("events", EVENT, "directory", accessToEvents);
  return isStatusSaid && areEventsSaid;
}

type Type = "directory" | "named pipe";
/** undefined for permissions that make no sense. */
type Access = (mode: number, group: string) => string | undefined;

/** @throws ExitError */
function accessTo(sys: Sys, path: string, type: Type, access: Access): string {
  const { mode, gid, isDirectory, isFifo } = unableTo(`stat ${path}`, () => sys.stat(path));
  if (!(type === "directory" ? isDirectory : isFifo)) throw new ExitError(1, `${path} is not a ${type}`);
  const bits = mode & 0o7777;
  const answer = access(bits, sys.groupById(gid)?.name ?? String(gid));
  if (answer === undefined) throw new ExitError(1, `${path} has incorrect permissions: ${bits.toString(8)}`);
  return answer;
}

function accessToStatus(mode: number, group: string): string | undefined {
  if ((mode & 0o5066) !== 0 || (mode & 0o700) !== 0o700 || (mode & 0o011) === 0o001) return undefined;
  if ((mode & 0o001) !== 0) return "public";
  return (mode & 0o010) !== 0 ? `group ${group}` : "owner";
}

function accessToControl(mode: number, group: string): string | undefined {
  if ((mode & 0o157) !== 0) return undefined;
  return (mode & 0o020) !== 0 ? `group ${group}` : "owner";
}

function accessToEvents(mode: number, group: string): string | undefined {
  switch (mode) {
    case FIFODIR_MODE_PUBLIC: return "public";
    case FIFODIR_MODE_RESTRICTED: return `group ${group}`;
    default: return undefined;
  }
}
