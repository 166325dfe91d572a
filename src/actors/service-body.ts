import { constants } from "node:fs";
import { RunScript } from "../chain/run-script.ts";
import { isAtOnce } from "../diagnosis/background.ts";
import { encodeStatus } from "../formats/status.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import type { Effect } from "../machines/supervise/effects.ts";
import type { Fact } from "../machines/supervise/facts.ts";
import { now } from "../sys/clock.ts";
import { SystemError } from "../sys/errors.ts";
import { notify } from "../sys/fifodir.ts";
import { devNull, replaceFileAt, touchAt, unlinkAt } from "../sys/files.ts";
import type { ActorPorts } from "./actor-ports.ts";
import type { CensusTaker } from "./census-taker.ts";
import type { Deadline } from "./deadline.ts";
import { DefinitionWatch } from "./definition-watch.ts";
import { recordDeath } from "./death-record.ts";
import { whyEnded, whyNotWritten } from "./hints.ts";
import type { NotificationPipe } from "./notification-pipe.ts";
import type { ServiceChild } from "./service-child.ts";
import type { ServiceFiles } from "./service-files.ts";
import { openSurvivor, reopenPipe } from "./survivors.ts";
import { type ChildSetting, spawnFinish, spawnRun } from "./spawn-service.ts";
import { closeSuperviseDir, type SuperviseDir } from "./supervise-dir.ts";

export interface ServiceParts {
  readonly ports: ActorPorts;
  readonly dir: SuperviseDir;
  readonly files: ServiceFiles;
  readonly child: ServiceChild;
  readonly notification: NotificationPipe;
  readonly deadline: Deadline;
  readonly census: CensusTaker;
}

/** The hands of a supervisor actor: performs effects on one service directory and its process. */
export class ServiceBody {
  readonly #parts: ServiceParts;
  #stdin: number;
  #stdout: number;
  #pidfile: string | undefined;
  readonly #definition: DefinitionWatch;
  readonly #scripts: ChildSetting["scripts"];
  /** The last run that this body started. */
  #born: { readonly pid: number; readonly ms: number } | undefined;
  /** The process that lives was started by another one than this. */
  #isStranger = false;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#stdin = parts.ports.stdin;
    this.#stdout = parts.ports.stdout;
    const { dirFd } = parts.dir;
    this.#definition = new DefinitionWatch(dirFd);
    this.#scripts = { run: new RunScript(dirFd, "run"), finish: new RunScript(dirFd, "finish") };
  }

  /** Path from ./pidfile, as it was when run was spawned. */
  get pidfile(): string | undefined {
    return this.#pidfile;
  }

  /**
   * Answers the fact that the effect asked for, if it asked for one.
   *
   * @throws SystemError when the system refuses; the supervisor warns and goes on
   */
  perform(effect: Effect): Fact | undefined {
    const { ports, dir, child, notification, deadline, census } = this.#parts;
    switch (effect.type) {
      case "writeStatus":
        replaceFileAt(dir.dirFd, "supervise/status", encodeStatus(effect.status));
        ports.settled("read-only");
        return undefined;
      case "notify":
        ports.ledger.set("letters", 0);
        notify(dir.dirFd, "event", effect.letters);
        return undefined;
      case "recordDeath":
        if (effect.keep > 0 && !recordDeath(dir.dirFd, effect.at, effect.waitStatus, effect.keep)) {
          ports.warn("supervise/death_tally was corrupt, starting it anew");
        }
        return undefined;
      case "spawnRun":
        return this.spawnRun();
      case "spawnFinish":
        return this.#spawnFinish(effect.pgid);
      case "kill":
        child.kill(effect.target, effect.pid, effect.signal);
        return undefined;
      case "setDeadline":
        deadline.set(effect.atMs);
        return undefined;
      case "clear":
        census.clear(effect.pids);
        return undefined;
      case "closeNotification":
        notification.close();
        return undefined;
      case "setDownFile":
        if (effect.present) touchAt(dir.dirFd, "down");
        else unlinkAt(dir.dirFd, "down");
        return undefined;
      case "nullStdio":
        this.#stdin = this.#stdout = devNull();
        ports.ledger.set("nulled", 1);
        ports.nulled();
        return undefined;
      case "warn":
        ports.warn(effect.text);
        return undefined;
      case "exit":
        this.#leave();
        return undefined;
    }
  }

  spawnRun(): Fact {
    this.#parts.census.forget();
    const definition = this.#definition.news();
    const started = spawnRun(this.#setting());
    if (started.type === "failed") {
      const { code, retryMs } = started;
      return { type: "run.failed", ...now(), code, ...(retryMs === undefined ? {} : { retryMs }), ...definition };
    }
    const { pid, pidfd, notifyFd, notifyTarget, notifies, pidfile } = started;
    this.#parts.ports.ledger.set("notifyTarget", notifyTarget);
    this.#pidfile = pidfile;
    this.#parts.notification.watch(notifyFd);
    this.#parts.child.watch(pid, pidfd);
    this.#born = { pid, ms: now().ms };
    return { type: "run.spawned", ...now(), pid, notifies, pidfile: pidfile !== undefined, ...definition };
  }

  /** An effect was not possible. */
  complain(error: unknown): void {
    const { ports, dir } = this.#parts;
    if (error instanceof SystemError) ports.warn(error.message, whyNotWritten(dir.dirFd, error));
    else ports.warn(`unexpected error: ${textOf(error)}`);
  }

  /** run has ended: what looks like a success may be a daemon that went into the background. */
  explainEnd(waitStatus: WaitStatus, wasReady: boolean): void {
    const { ports, dir } = this.#parts;
    if (this.#born === undefined || this.#pidfile !== undefined) return;
    const { pid, ms } = this.#born;
    const run = { pid, livedMs: now().ms - ms, wasReady };
    if (!isAtOnce(run)) ports.settled("background");
    const hint = waitStatus === 0 && isAtOnce(run) ? whyEnded(dir.dirFd, run) : undefined;
    if (hint !== undefined) ports.hint(hint);
  }

  #spawnFinish(pgid: number): Fact {
    const started = spawnFinish(this.#setting(), { ...this.#parts.ports.ledger.finishArguments, pgid });
    if (started === undefined) return { type: "finish.absent", ...now(), ...this.#parts.census.answer("finish.absent") };
    this.#parts.child.watch(started.pid, started.pidfd);
    return { type: "finish.spawned", ...now(), pid: started.pid, timeoutMs: this.#parts.files.timeoutFinishMs() };
  }

  /**
   * Takes over what a process left behind that is no more: finds the service's process again, and the pipe on which
   * that may still say that it is ready. What became of the descriptors is in the ledger then.
   */
  inherit(isNotifying: boolean): void {
    const { ledger } = this.#parts.ports;
    const survivor = openSurvivor(ledger);
    if (ledger.get("childPid") > 0) ledger.set("childPidfd", survivor?.pidfd ?? -1);
    else ledger.spawnOut[1] = survivor?.pidfd ?? -1;
    this.#isStranger = true;
    const target = ledger.get("notifyTarget");
    if (!isNotifying || survivor === undefined || target <= 0 || ledger.get("notifyFd") >= 0) return;
    ledger.set("notifyFd", reopenPipe(survivor.pid, target, constants.O_RDONLY | constants.O_NONBLOCK) ?? -1);
  }

  /** Takes over what an earlier body of the same service held: descriptors are in the ledger. */
  adopt(): void {
    const { ports, files, child, notification } = this.#parts;
    if (ports.ledger.get("nulled") === 1) this.#stdin = this.#stdout = devNull();
    const pid = ports.ledger.get("childPid");
    if (child.pid === undefined && pid > 0) child.watch(pid, ports.ledger.get("childPidfd"), this.#isStranger);
    if (!notification.isOpen) notification.watch(ports.ledger.get("notifyFd"));
    this.#pidfile ??= files.pidfile();
  }

  /** The answer to a spawn that was cut off: either its pid is in the ledger, or it never happened and does now. */
  answerAgain(asked: "run" | "finish", pgid: number): Fact {
    const { ports, files, child, notification } = this.#parts;
    const [pid = 0, pidfd = -1] = ports.ledger.spawnOut;
    if (pid > 0 && child.pid === undefined) child.watch(pid, pidfd, this.#isStranger);
    if (asked === "run") {
      if (pid === 0) return this.spawnRun();
      const pidfile = this.#pidfile !== undefined;
      const notifies = notification.isOpen || (pidfile && files.has("notification-fd"));
      return { type: "run.spawned", ...now(), pid, notifies, pidfile };
    }
    return pid === 0
      ? this.#spawnFinish(pgid)
      : { type: "finish.spawned", ...now(), pid, timeoutMs: files.timeoutFinishMs() };
  }

  #setting(): ChildSetting {
    const { ports, dir, files } = this.#parts;
    ports.ledger.spawnOut.fill(0);
    return {
      name: ports.name,
      dirFd: dir.dirFd,
      stdin: this.#stdin,
      stdout: this.#stdout,
      stderr: ports.stderr,
      files,
      scripts: this.#scripts,
      out: ports.ledger.spawnOut,
      voice: ports,
    };
  }

  #leave(): void {
    const { ports, dir, child, notification, deadline, census } = this.#parts;
    deadline.set(null);
    census.forget();
    notification.close();
    child.drop();
    ports.unwatch(dir.controlFd);
    closeSuperviseDir(dir);
    ports.ledger.release();
    ports.exited();
  }
}

export const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
