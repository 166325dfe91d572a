import { becomes } from "../chain/process.ts";
import { signalNumber } from "../formats/signals.ts";
import { msOrForever } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import type { ProcessProgram } from "./chain.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import { notificationFd, notifyReady } from "./notification-fd.ts";
import { parseLongOptions, parseNumber } from "./options.ts";
import type { Context } from "./program.ts";
import { isSupervised } from "./servicedir.ts";

const NAME = "s6-notifyoncheck";
/** The letter of event/. */
const DEATH = "d".charCodeAt(0);
/** How the helper ends, for whoever looks. */
const [NOTIFIED, NEVER_READY, SERVICE_DIED, TIMED_OUT] = [0, 1, 2, 3];

export const s6notifyoncheck: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -d ] [ -3 fd ] [ -s initialsleep ] [ -T globaltimeout ] [ -t localtimeout ] [ -w waitingtime ] [ -n tries ] [ -c "checkprog..." ] prog...`,
  help: `For ./run, in the service directory: becomes PROG, and runs ./data/check beside it, again and again, until that exits 0;
then tells the supervisor that the service is ready. Times are in milliseconds.

  -d, --doublefork               the process that checks is not a child of PROG
  -3 FD, --notification-fd=FD    the descriptor to tell it on (default: what ./notification-fd says)
  -s MS, --initial-sleep=MS      before the first check (default 10)
  -w MS, --waiting-time=MS       between two checks (default 1000)
  -n N, --tries=N                checks at most (default 7; 0 = no limit)
  -t MS, --local-timeout=MS      a check that takes longer is left alone and has failed (default 0 = no limit)
  -T MS, --global-timeout=MS     for everything together (default 0 = no limit)
  -c TEXT, --check-program=TEXT  check with: execlineb -Pc TEXT

Exit codes: 100 wrong usage or no supervisor, 111 system error, 126 or 127 PROG can't be executed.`,

  run(args, process) {
    const { sys, descriptors } = process;
    const { wantedFd, isOrphan, prog } = parse(args);
    if (prog.length === 0) throw new UsageError();
    const fd = notificationFd(sys, wantedFd, (number) => descriptors.isOpen(number));
    if (!unableTo("sanity-check current service directory", () => isSupervised(sys, "."))) {
      throw new ExitError(100, "s6-supervise not running.");
    }
    // Here and not in the helper: from now on no death of PROG goes unheard.
    const ear = unableTo("subscribe to event fifodir", () => sys.subscribe("event"));
    const words = [ear.path, String(fd), ...args];
    try {
      unableTo("start the helper", () => process.startHelper(ear.fds, words, isOrphan));
    } catch (error) {
      ear.close();
      throw error;
    }
    descriptors.close(fd);
    return becomes(prog);
  },

  helper({ args, sys, stderr }) {
    const { descriptors: [ear = -1], words: [fifo = "", fd = "", ...words] } = sys.helperCall(args);
    try {
      return checkUntilReady({ sys, stderr, ear, fd: Number(fd), ...parse(words) });
    } finally {
      if (sys.exists(fifo)) sys.unlink(fifo);
    }
  },
};

interface Wish {
  readonly wantedFd: number | undefined;
  readonly isOrphan: boolean;
  readonly prog: readonly string[];
  readonly check: readonly string[];
  /** undefined = no limit. */
  readonly tries: number | undefined;
  readonly sleepMs: number | undefined;
  readonly pauseMs: number | undefined;
  readonly localMs: number | undefined;
  readonly globalMs: number | undefined;
}

function parse(args: readonly string[]): Wish {
  const { options, operands: prog } = parseLongOptions(args, "d3:s:T:t:w:n:c:", {
    doublefork: "d", "notification-fd": "3", "initial-sleep": "s", "global-timeout": "T", "local-timeout": "t",
    "waiting-time": "w", tries: "n", "check-program": "c",
  });
  let [wantedFd, isOrphan, tries]: [number | undefined, boolean, number] = [undefined, false, 7];
  let [sleepMs, globalMs, localMs, pauseMs]: (number | undefined)[] = [10, undefined, undefined, 1000];
  let check: readonly string[] = ["./data/check"];
  for (const { name, value } of options) {
    switch (name) {
      case "d": isOrphan = true; break;
      case "3": wantedFd = parseNumber(value, "notification-fd"); break;
      case "s": sleepMs = pause(parseNumber(value, "initial-sleep")); break;
      case "T": globalMs = msOrForever(parseNumber(value, "global-timeout")); break;
      case "t": localMs = msOrForever(parseNumber(value, "local-timeout")); break;
      case "w": pauseMs = pause(parseNumber(value, "waiting-time")); break;
      case "n": tries = parseNumber(value, "tries"); break;
      case "c": check = ["execlineb", "-Pc", value]; break;
    }
  }
  return { wantedFd, isOrphan, prog, check, tries: tries === 0 ? undefined : tries, sleepMs, pauseMs, localMs, globalMs };
}

/** 0 is none. */
const pause = (ms: number): number | undefined => (ms === 0 ? 0 : msOrForever(ms));

interface Checking extends Wish, Pick<Context, "sys" | "stderr"> {
  /** Says what happens to the service. */
  readonly ear: number;
  readonly fd: number;
}

/** The exit code of the helper. */
function checkUntilReady(checking: Checking): number {
  const { sys, fd, tries, sleepMs, pauseMs, globalMs } = checking;
  const deadline = globalMs === undefined ? Number.POSITIVE_INFINITY : sys.monotonicMs() + globalMs;
  for (let attempt = 0; tries === undefined || attempt < tries; attempt++) {
    const waited = wait(checking, { ms: attempt === 0 ? sleepMs : pauseMs, deadline });
    const result = waited === "elapsed" ? checkOnce(checking, deadline) : waited;
    if (result === "died") return SERVICE_DIED;
    if (result === "over") return TIMED_OUT;
    if (result !== "ready") continue;
    notifyReady(sys, fd);
    return NOTIFIED;
  }
  return NEVER_READY;
}

function checkOnce(checking: Checking, deadline: number): "ready" | "not ready" | "died" | "over" {
  const { sys, stderr, check, localMs } = checking;
  const [file = ""] = check;
  let child: ReturnType<Sys["spawnChild"]>;
  try {
    child = sys.spawnChild(file, check);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    stderr(warningLine(`${NAME} (child)`, `unable to spawn ${file}: ${error.reason}`));
    return "not ready";
  }
  const waited = wait(checking, { ms: localMs, deadline, child: child.pidfd });
  if (waited === "ended") return child.wait() === 0 ? "ready" : "not ready";
  // As in s6, a check that only took too long is not killed.
  if (waited !== "elapsed") sys.pidfdKill(child.pidfd, signalNumber("TERM"));
  sys.closeFd(child.pidfd);
  return waited === "elapsed" ? "not ready" : waited;
}

interface Wait {
  /** undefined = no limit. */
  readonly ms: number | undefined;
  readonly deadline: number;
  readonly child?: number;
}

/** Until the child has ended, the time has elapsed, the service has died, or all time is over. */
function wait({ sys, ear }: Checking, { ms = Number.POSITIVE_INFINITY, deadline, child }: Wait): "ended" | "elapsed" | "died" | "over" {
  const until = Math.min(sys.monotonicMs() + ms, deadline);
  const letters = new Uint8Array(256);
  for (;;) {
    const left = Number.isFinite(until) ? Math.max(0, until - sys.monotonicMs()) : undefined;
    const ready = sys.pollReadable(child === undefined ? [ear] : [ear, child], left);
    if (ready.includes(ear)) {
      const count = sys.readFd(ear, letters);
      if (count !== "again" && letters.subarray(0, count).includes(DEATH)) return "died";
    }
    if (child !== undefined && ready.includes(child)) return "ended";
    if (ready.length === 0) return until === deadline ? "over" : "elapsed";
  }
}
