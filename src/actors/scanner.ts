import { join } from "node:path";
import type { TreeExit } from "../machines/scanner/effects.ts";
import { treeExitInWords } from "../machines/scanner/exit-with.ts";
import type { ScannerSignal } from "../machines/scanner/facts.ts";
import { DESCRIPTORS_PER_SERVICE } from "../machines/scanner/state.ts";
import { signalName, signalNumber } from "../formats/signals.ts";
import type { Keep } from "../store/keep.ts";
import { now } from "../sys/clock.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import { SystemError } from "../sys/errors.ts";
import { exec } from "../sys/exec.ts";
import { closeFd, readFd, setCloexec, writeFd } from "../sys/files.ts";
import { launch, takeOver } from "../sys/launch.ts";
import { Poller } from "../sys/poller.ts";
import { kill, reap, setName, setSubreaper } from "../sys/process.ts";
import { readSignals, trapSignals } from "../sys/signals.ts";
import { withinCloseLimit } from "./closing-limit.ts";
import { Deadline } from "./deadline.ts";
import { raiseDescriptors } from "./descriptor-budget.ts";
import { offerSharedHost } from "./host-offer.ts";
import { Hosts } from "./hosts.ts";
import { Housekeeper } from "./housekeeper.ts";
import { LogPipes } from "./log-pipes.ts";
import { CONTROL_DIR, readScandir, removeDanglingLinks, type ScandirHold, takeScandir } from "./scandir.ts";
import { ScannerActor } from "./scanner-actor.ts";
import { becomeCrash, becomeFinish, recordExit, releaseStdio, TRAPPED_SIGNALS } from "./scanner-ending.ts";
import { ServiceIds } from "./service-ids.ts";
import { runSignalFile } from "./signal-files.ts";
import { ownProgram, testProgram, type UpgradeTest } from "./upgrade.ts";
import { requireDescriptors, requireDisk } from "./upgrade-room.ts";
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
  /** How much history is kept. */
  readonly keep: Keep;
  /** Where it was started, and how, without what only counts the first time: for becoming a new version of itself. */
  readonly startDir: string;
  readonly restartWords: readonly string[];
}

const CONTROL_BYTES = 256;
/** A new version that does not even answer is refused. */
const TEST_LIMIT_MS = 30_000;
const SIGKILL = signalNumber("KILL");
const NEWLINE = Buffer.from("\n");

const warn = (text: string): void => void report("s6-svscan", "warning", text);

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
  const hold = takeScandir(launch.inherited);
  const signalFd = trapSignals(TRAPPED_SIGNALS);
  offerSharedHost(CONTROL_DIR, warn);
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
  readonly #pipes: LogPipes;
  readonly #options: ScannerOptions;
  readonly #housekeeper: Housekeeper | undefined;
  readonly #journalDir: string | null;
  readonly #descriptorsPerService: number;
  #test: UpgradeTest | undefined;
  #keptPipeEnds: readonly number[] = [];
  readonly #handlers = new Set<number>();
  readonly #bytes = new Uint8Array(CONTROL_BYTES);

  constructor(options: ScannerOptions, hold: ScandirHold, signalFd: number) {
    this.#hold = hold;
    this.#signalFd = signalFd;
    const budget = raiseDescriptors(options.maxServices);
    this.#descriptorsPerService = budget.descriptorsPerService;
    const journalDir = options.journalDir === undefined ? join(process.cwd(), CONTROL_DIR, "journal") : options.journalDir;
    this.#journalDir = journalDir;
    const { maxServices, maxNameBytes, scanPeriodMs, consoleFd } = options;
    const maxSlots = Math.min(maxServices, Math.ceil(budget.maxDescriptors / budget.descriptorsPerService));
    const lockDescriptors = budget.descriptorsPerService === DESCRIPTORS_PER_SERVICE.usual;
    this.#hosts = new Hosts({ workers: options.workers, maxSlots, journalDir, lockDescriptors, ledgerPath: join(CONTROL_DIR, "ledger") }, {
      exited: (slot) => this.#actor.receive({ type: "supervisor.exited", slot }),
      failed: (slot) => this.#actor.receive({ type: "supervisor.failed", slot }),
      ended: (slot, waitStatus, forGood) => this.#actor.receive({ type: "service.ended", slot, waitStatus, forGood }),
      nulled: (slot) => this.#actor.receive({ type: "supervisor.nulled", slot }),
      journalGrew: (records, bytes) => this.#housekeeper?.grown(records, bytes),
    });
    if (journalDir !== null) {
      this.#housekeeper = new Housekeeper({ journalDir, keep: options.keep, keepDir: CONTROL_DIR, warn, nowMs: () => now().ms });
    }
    const pipes = new LogPipes(this.#hosts);
    this.#pipes = pipes;
    this.#options = options;
    const ids = new ServiceIds(journalDir, warn);
    const deadline = new Deadline(() => this.#actor.receive({ type: "deadline.reached" }));
    this.#actor = new ScannerActor({ maxServices, maxNameBytes, scanPeriodMs, ...budget, orphans: [...this.#hosts.orphans()] }, {
      now,
      readScandir,
      pipes,
      identify: (services) => ids.identify(services),
      identityOf: (slot) => ids.of(slot),
      forget: (slot) => ids.forget(slot),
      startSupervisor: (spec) => this.#hosts.start(spec),
      watchEnds: (slot, watch) => this.#hosts.watchEnds(slot, watch),
      signalSupervisor: (slot, signal) => this.#hosts.signal(slot, signal),
      runSignalFile: (signal) => this.#runSignalFile(signal),
      reap: () => this.#reap(),
      testUpgrade: () => this.#testUpgrade(),
      reexec: () => void this.#reexec(),
      setDeadline: (atMs) => deadline.set(atMs),
      releaseStdio: (catchAll) => releaseStdio(catchAll, consoleFd),
      warn,
      finish: (exit) => void this.#finish(exit),
      consoleFd,
    });
    this.#poller = new Poller(() => this.#round());
    this.#takeBequest();
  }

  /** What we left to ourselves is ours, and no child's; the FIFO is open anew by now, the old descriptor may go. */
  #takeBequest(): void {
    const { bequest } = this.#hosts;
    if (bequest === undefined) return;
    const { consoleFd } = this.#options;
    this.#keptPipeEnds = this.#hosts.keptPipeEnds();
    const descriptors = [bequest.controlFd, this.#hold.lockFd, ...this.#hosts.heirlooms(), ...this.#keptPipeEnds];
    takeOver({ descriptors: consoleFd === undefined ? descriptors : [...descriptors, consoleFd], signals: TRAPPED_SIGNALS });
    closeFd(bequest.controlFd);
    warn("upgraded in place");
  }

  begin(): void {
    setName("s6-svscan"); // ps, pgrep and people look for it
    if (process.pid !== 1) setSubreaper();
    this.#surviveErrors();
    this.#poller.add(this.#signalFd, 0);
    this.#poller.add(this.#hold.controlFd, 1);
    this.#actor.receive({ type: "scanner.started" });
    this.#pipes.closeUnclaimed(this.#keptPipeEnds);
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
      if (dead.pid === this.#test?.pid) this.#judge(dead.waitStatus);
      else if (this.#housekeeper?.ended(dead.pid, dead.waitStatus) === true) continue;
      else if (!this.#handlers.delete(dead.pid)) this.#hosts.orphanDied(dead.pid, dead.waitStatus);
    }
  }

  #testUpgrade(): void {
    try {
      const test = testProgram(ownProgram(this.#options.startDir), this.#journalDir);
      this.#test = test;
      setTimeout(() => this.#test === test && kill(test.pid, SIGKILL), TEST_LIMIT_MS);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#actor.receive({ type: "upgrade.tested", objection: error.message, difference: null });
    }
  }

  #judge(status: WaitStatus): void {
    const verdict = this.#test?.verdict(status) ?? { objection: null, difference: null };
    this.#test = undefined;
    this.#actor.receive({ type: "upgrade.tested", ...verdict });
  }

  /** Same process, other program: children, pipes, FIFOs and locks stay. */
  async #reexec(): Promise<void> {
    const { startDir, restartWords, consoleFd } = this.#options;
    const scandir = process.cwd();
    const { controlFd, lockFd } = this.#hold;
    try {
      requireDisk(this.#journalDir === null ? [CONTROL_DIR] : [CONTROL_DIR, this.#journalDir]);
      await this.#hosts.commit();
      const pipeEnds = this.#pipes.descriptors;
      const keep = [controlFd, lockFd, ...this.#hosts.heirlooms(), ...pipeEnds];
      if (consoleFd !== undefined) keep.push(consoleFd);
      requireDescriptors({ kept: keep, services: this.#descriptorsPerService * this.#hosts.running + pipeEnds.length });
      this.#hosts.bequeath(controlFd);
      process.chdir(startDir);
      const { error } = exec({ file: ownProgram(startDir), argv: restartWords, keep });
      throw error;
    } catch (error) {
      process.chdir(scandir);
      this.#actor.receive({ type: "upgrade.failed", reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async #finish(exit: TreeExit | undefined): Promise<void> {
    if (exit !== undefined) report("s6-svscan", "info", treeExitInWords(exit));
    try {
      await withinCloseLimit(this.#hosts.close().then(() => recordExit(this.#journalDir, exit, warn)));
    } catch (error) {
      warn(`unable to close the journal: ${String(error)}`);
    }
    becomeFinish(warn, exit);
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
