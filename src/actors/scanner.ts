import { join } from "node:path";
import type { ScannerSignal } from "../machines/scanner/facts.ts";
import { DESCRIPTORS_PER_SERVICE } from "../machines/scanner/state.ts";
import { signalName } from "../formats/signals.ts";
import { now } from "../sys/clock.ts";
import { SystemError } from "../sys/errors.ts";
import { closeFd, readFd, setCloexec, writeFd } from "../sys/files.ts";
import { takeOver } from "../sys/launch.ts";
import { Poller } from "../sys/poller.ts";
import { reap, setName, setSubreaper } from "../sys/process.ts";
import { readSignals, trapSignals } from "../sys/signals.ts";
import { Deadline } from "./deadline.ts";
import { raiseDescriptors } from "./descriptor-budget.ts";
import { Hosts } from "./hosts.ts";
import { LogPipes } from "./log-pipes.ts";
import { CONTROL_DIR, readScandir, removeDanglingLinks, type ScandirHold, takeScandir } from "./scandir.ts";
import { ScannerActor } from "./scanner-actor.ts";
import { becomeCrash, becomeFinish, releaseStdio, TRAPPED_SIGNALS } from "./scanner-ending.ts";
import { ServiceIds } from "./service-ids.ts";
import { runSignalFile } from "./signal-files.ts";
import { report } from "./report.ts";

export interface ScannerOptions {
  readonly maxServices: number;
  readonly maxNameBytes: number;
  readonly scanPeriodMs: number | null;
  /** Gets one newline when commands are accepted, and is closed. */
  readonly notificationFd: number | undefined;
  readonly consoleFd: number | undefined;
  readonly workers: number | "auto";
  /** undefined: below .s6-svscan; null: none. */
  readonly journalDir: string | null | undefined;
}

const CONTROL_BYTES = 256;
/** A worker that does not answer must not keep the machine from going down. */
const CLOSE_LIMIT_MS = 5000;
const NEWLINE = Buffer.from("\n");

const warn = (text: string): void => report("s6-svscan", "warning", text);

/**
 * s6-svscan on the current directory (s6 documentation, s6-svscan), in the order that others can see: lock, control
 * FIFO, signals, readiness, cleanup, first scan. The worker threads come to life meanwhile. It goes on for ever, and
 * ends by becoming another program.
 *
 * @throws StartError
 */
export function scanForever(options: ScannerOptions): void {
  const { notificationFd, consoleFd } = options;
  const own = [notificationFd, consoleFd].filter((fd) => fd !== undefined);
  takeOver({ descriptors: own, signals: TRAPPED_SIGNALS });
  for (const fd of own) setCloexec(fd, true);
  const hold = takeScandir();
  const signalFd = trapSignals(TRAPPED_SIGNALS);
  const scanner = new Scanner(options, hold, signalFd);
  if (notificationFd !== undefined) notify(notificationFd);
  removeDanglingLinks(warn);
  scanner.begin();
}

function notify(fd: number): void {
  try {
    writeFd(fd, NEWLINE);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    warn(`unable to notify readiness: ${error.reason}`);
  }
  closeFd(fd);
}

class Scanner {
  readonly #hold: ScandirHold;
  readonly #signalFd: number;
  readonly #hosts: Hosts;
  readonly #actor: ScannerActor;
  readonly #poller: Poller;
  readonly #handlers = new Set<number>();
  readonly #bytes = new Uint8Array(CONTROL_BYTES);

  constructor(options: ScannerOptions, hold: ScandirHold, signalFd: number) {
    this.#hold = hold;
    this.#signalFd = signalFd;
    const maxDescriptors = raiseDescriptors(options.maxServices);
    const journalDir = options.journalDir === undefined ? join(process.cwd(), CONTROL_DIR, "journal") : options.journalDir;
    const { maxServices, maxNameBytes, scanPeriodMs, consoleFd } = options;
    const maxSlots = Math.min(maxServices, Math.ceil(maxDescriptors / DESCRIPTORS_PER_SERVICE));
    this.#hosts = new Hosts({ workers: options.workers, maxSlots, journalDir, ledgerPath: join(CONTROL_DIR, "ledger") }, {
      exited: (slot) => this.#actor.receive({ type: "supervisor.exited", slot }),
      failed: (slot) => this.#actor.receive({ type: "supervisor.failed", slot }),
      nulled: (slot) => this.#actor.receive({ type: "supervisor.nulled", slot }),
    });
    const ids = new ServiceIds(journalDir, warn);
    const deadline = new Deadline(() => this.#actor.receive({ type: "deadline.reached" }));
    this.#actor = new ScannerActor({ maxServices, maxNameBytes, scanPeriodMs, maxDescriptors, orphans: [...this.#hosts.orphans()] }, {
      now,
      readScandir,
      pipes: new LogPipes((slot) => this.#hosts.survivorIn(slot)),
      identify: (services) => ids.identify(services),
      identityOf: (slot) => ids.of(slot),
      forget: (slot) => ids.forget(slot),
      startSupervisor: (spec) => this.#hosts.start(spec),
      signalSupervisor: (slot, signal) => this.#hosts.signal(slot, signal),
      runSignalFile: (signal) => this.#runSignalFile(signal),
      reap: () => this.#reap(),
      setDeadline: (atMs) => deadline.set(atMs),
      releaseStdio: (catchAll) => releaseStdio(catchAll, consoleFd),
      warn,
      finish: () => void this.#finish(),
      consoleFd,
    });
    this.#poller = new Poller(() => this.#round());
  }

  begin(): void {
    setName("s6-svscan"); // ps, pgrep and people look for it
    if (process.pid !== 1) setSubreaper();
    this.#surviveErrors();
    this.#poller.add(this.#signalFd, 0);
    this.#poller.add(this.#hold.controlFd, 1);
    this.#actor.receive({ type: "scanner.started" });
    this.#reap(); // who died before we listened
    this.#hosts.openJournal();
  }

  /** Whatever became readable: signals first, then commands, then all that they ask for at once. */
  #round(): void {
    try {
      for (const number of readSignals(this.#signalFd)) {
        const signal = signalName(number);
        if (TRAPPED_SIGNALS.includes(number)) this.#actor.receive({ type: "signal.received", signal: signal as ScannerSignal });
      }
      for (;;) {
        const count = readFd(this.#hold.controlFd, this.#bytes);
        if (count === "again" || count === 0) break;
        for (const byte of this.#bytes.subarray(0, count)) this.#actor.receive({ type: "control.byte", byte });
        if (count < CONTROL_BYTES) break;
      }
    } catch (error) {
      warn(`unable to read signals or commands: ${String(error)}`);
      becomeCrash(warn);
    }
    this.#actor.receive({ type: "round.over" });
  }

  #runSignalFile(signal: Parameters<typeof runSignalFile>[0]): boolean {
    const pid = runSignalFile(signal, warn);
    if (pid !== undefined) this.#handlers.add(pid);
    return pid !== undefined;
  }

  /** Children of this thread: signal handlers, orphans of all kinds, services whose thread has died. */
  #reap(): void {
    for (let dead = reap(); dead !== undefined; dead = reap()) {
      if (!this.#handlers.delete(dead.pid)) this.#hosts.orphanDied(dead.pid, dead.waitStatus);
    }
  }

  async #finish(): Promise<void> {
    const limit = new Promise((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS));
    try {
      await Promise.race([this.#hosts.close(), limit]);
    } catch (error) {
      warn(`unable to close the journal: ${String(error)}`);
    }
    becomeFinish(warn);
  }

  /** Errors that nobody expected: reported, and survived unless they come in a flood. */
  #surviveErrors(): void {
    const recent: number[] = [];
    const survive = (error: unknown): void => {
      warn(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      const { ms } = now();
      while (recent.length > 0 && (recent[0] ?? 0) < ms - FLOOD.windowMs) recent.shift();
      if (recent.push(ms) > FLOOD.errors) becomeCrash(warn);
    };
    process.on("uncaughtException", survive);
    process.on("unhandledRejection", survive);
  }
}

const FLOOD = { errors: 20, windowMs: 60_000 } as const;
