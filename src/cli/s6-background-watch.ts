import { type Child, type ChainProcess, exits } from "../chain/process.ts";
import { bytesOf } from "../formats/bytes.ts";
import { signalNumber } from "../formats/signals.ts";
import { msOrForever, parseUint } from "../formats/uint.ts";
import { exitCode, termSignal, type WaitStatus } from "../formats/wait-status.ts";
import type { SignalTrap } from "../sys/real-sys.ts";
import type { Sys } from "../sys/sys.ts";
import { otherwise, SystemError } from "../sys/system-error.ts";
import type { ProcessProgram } from "./chain.ts";
import { ExitError, unableTo, UsageError } from "./failures.ts";
import { notifyReady } from "./notification-fd.ts";
import { parseLongOptions, parseNumber } from "./options.ts";

const NAME = "s6-background-watch";
const [NO_PIDFILE, NO_KERNEL_SUPPORT] = [104, 112];
const [SIGCHLD, SIGKILL] = [signalNumber("CHLD"), signalNumber("KILL")];

export const s6backgroundwatch: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -t timeout ] [ -d fd ] pidfile prog...`,
  help: `Stays in the foreground for a daemon that does not: runs PROG, which starts it, writes its pid to PIDFILE and exits 0;
then waits for the daemon. Signals are forwarded, to PROG and then to the daemon.

  -t MS, --timeout-ready=MS    kill PROG when it takes longer; 0 = no limit (default)
  -d FD, --notification-fd=FD  write a newline there when PROG has exited 0 (3 or more; PROG does not get it)

Exit codes: those of the daemon, or of PROG when it fails; 128+N killed by signal N; 100 wrong usage, 104 PIDFILE is
missing or holds no pid, 111 system error, 112 this kernel can't, 126 or 127 PROG can't be executed.`,
  run(args, process) {
    const { sys, descriptors } = process;
    const { options, operands: [pidfile, ...prog] } = parseLongOptions(args, "t:d:", {
      "timeout-ready": "t", "notification-fd": "d",
    });
    let [limitMs, fd]: (number | undefined)[] = [];
    for (const { name, value } of options) {
      switch (name) {
        case "t": limitMs = msOrForever(parseNumber(value, "timeout-ready")); break;
        case "d": fd = parseNumber(value, "notification-fd"); break;
      }
    }
    if (pidfile === undefined || prog.length === 0) throw new UsageError();
    if (fd !== undefined && fd < 3) throw new ExitError(100, "notification-fd must be 3 or more");
    if (fd !== undefined && !descriptors.isOpen(fd)) throw new ExitError(111, "notification-fd sanity check failed: Bad file descriptor");
    const notified = fd === undefined ? undefined : takeOver(fd, process);
    becomeSubreaper(sys);

    const signals = sys.trapAllSignals();
    const parent = { ...start(process, prog), signals };
    const status = waitForParent(process, parent, limitMs);
    if (status !== 0) {
      otherwise(undefined, () => sys.unlink(bytesOf(pidfile)));
      return exits(exitCodeFor(status));
    }
    const pid = readPidfile(sys, pidfile);
    const daemon = { pid, pidfd: unableTo(`watch process ${pid}`, () => openDescendant(sys, pid)), signals };
    if (notified !== undefined) {
      notifyReady(sys, notified);
      sys.closeFd(notified);
    }
    return exits(exitCodeFor(waitForDaemon(sys, daemon)));
  },
};

/** From now on it is ours alone. */
function takeOver(fd: number, { sys, descriptors }: ChainProcess): number {
  const copy = sys.dupFd(fd, 3);
  descriptors.close(fd);
  return copy;
}

function becomeSubreaper(sys: Sys): void {
  try {
    sys.setSubreaper();
  } catch (error) {
    if (error instanceof SystemError && error.code === "EINVAL") throw new ExitError(NO_KERNEL_SUPPORT, `unable to become a subreaper: ${error.reason}`);
    throw error;
  }
}

function start(process: ChainProcess, prog: readonly string[]): Child {
  const [file = ""] = prog;
  try {
    return process.spawn(prog);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new ExitError(error.code === "ENOEXEC" ? 126 : 127, `unable to spawn ${file}: ${error.reason}`);
  }
}

interface Watched {
  readonly pid: number;
  readonly pidfd: number;
  readonly signals: SignalTrap;
}

/** Whether it has ended is asked first: what comes behind its end is for the daemon. */
function waitForParent(process: ChainProcess, { pidfd, signals }: Watched, limitMs: number | undefined): WaitStatus {
  const { sys } = process;
  let deadline = limitMs === undefined ? undefined : sys.monotonicMs() + limitMs;
  for (;;) {
    const left = deadline === undefined ? undefined : Math.max(0, deadline - sys.monotonicMs());
    const ready = sys.pollReadable([signals.fd, pidfd], left);
    if (ready.includes(pidfd)) return statusOf(sys.waitPidfd(pidfd));
    for (const signal of signalsIn(signals)) sys.pidfdKill(pidfd, signal);
    if (ready.length > 0) continue;
    deadline = undefined;
    process.warn("the program took too long, killing it");
    sys.pidfdKill(pidfd, SIGKILL);
  }
}

/** Its relatives that have lost their parents are ours to reap; one of them may be the daemon, dead since a moment ago. */
function waitForDaemon(sys: Sys, { pid, pidfd, signals }: Watched): WaitStatus {
  for (;;) {
    for (let dead = sys.reap(); dead !== undefined; dead = sys.reap()) if (dead.pid === pid) return dead.waitStatus;
    const ready = sys.pollReadable([signals.fd, pidfd], undefined);
    if (ready.includes(pidfd)) return statusOf(sys.waitPidfd(pidfd));
    for (const signal of signalsIn(signals)) otherwise(undefined, () => sys.pidfdKill(pidfd, signal));
  }
}

function* signalsIn(signals: SignalTrap): Generator<number> {
  for (let signal = signals.read(); signal !== undefined; signal = signals.read()) if (signal !== SIGCHLD) yield signal;
}

/** Somebody else's child, until its parent is gone, too: then nobody could tell us how it ended. */
function statusOf(status: WaitStatus | string): WaitStatus {
  if (typeof status === "string") throw new ExitError(111, "unable to wait for the daemon: No child processes");
  return status;
}

const exitCodeFor = (status: WaitStatus): number =>
  termSignal(status) === 0 ? exitCode(status) : 128 + termSignal(status);

function readPidfile(sys: Sys, pidfile: string): number {
  const bytes = unableTo(`read ${pidfile}`, () => sys.readFileIfPresent(bytesOf(pidfile), 4096));
  if (bytes === undefined) throw new ExitError(NO_PIDFILE, `unable to read ${pidfile}: No such file or directory`);
  const [line = ""] = Buffer.from(bytes).toString("latin1").split("\n");
  const pid = parseUint(line);
  if (pid === undefined || pid === 0) throw new ExitError(NO_PIDFILE, `invalid pid in ${pidfile}`);
  return pid;
}

/** Signals that we get must not hit a stranger, as a stale pid file would have it. */
function openDescendant(sys: Sys, pid: number): number {
  const pidfd = sys.pidfdOpen(pid);
  for (let ancestor = sys.parentOf(pid); ancestor !== sys.pid(); ancestor = sys.parentOf(ancestor)) {
    if (ancestor === undefined || ancestor <= 1) throw new SystemError("wait", undefined, "ECHILD");
  }
  return pidfd;
}
