import type { WaitStatus } from "../formats/wait-status.ts";
import type { Effect } from "../machines/supervise/effects.ts";
import type { Fact, FactType } from "../machines/supervise/facts.ts";
import {
  awaitsFork, deadlineOf, isClearing, restore, start, stateName, statusOf, step, type SuperviseState, wants,
} from "../machines/supervise/step.ts";
import { now } from "../sys/clock.ts";
import { readFd } from "../sys/files.ts";
import type { ActorPorts } from "./actor-ports.ts";
import { ControlReader } from "./control-facts.ts";
import { CensusTaker } from "./census-taker.ts";
import { recallDeaths } from "./death-record.ts";
import { Deadline } from "./deadline.ts";
import { EndWatch } from "./end-watch.ts";
import { faultPoint } from "./fault.ts";
import { packLetters, unpackLetters } from "./ledger.ts";
import { NotificationPipe } from "./notification-pipe.ts";
import { leftBehind } from "./pidfile.ts";
import type { SupervisorSignal } from "./protocol.ts";
import { ServiceBody, textOf } from "./service-body.ts";
import { ServiceChild } from "./service-child.ts";
import { ServiceFiles } from "./service-files.ts";
import { worksAtHome } from "./survivors.ts";
import type { OpenedSuperviseDir, SuperviseDir } from "./supervise-dir.ts";

/** The facts that answer an effect: nobody else may say them, so they are not repeated but answered again. */
const ANSWERS: ReadonlySet<FactType> = new Set<FactType>([
  "run.spawned",
  "run.failed",
  "finish.spawned",
  "finish.absent",
]);
const buffer = new Uint8Array(4096);

/**
 * One supervised service directory: takes what happens as facts to the machine and has the machine's effects performed.
 * All state that matters is in the machine's snapshot and the ledger, so that another actor can continue where this
 * one stopped.
 */
export class SuperviseActor {
  readonly #ports: ActorPorts;
  readonly #dir: SuperviseDir;
  readonly #files: ServiceFiles;
  readonly #child: ServiceChild;
  readonly #notification: NotificationPipe;
  readonly #deadline = new Deadline(() => this.#receive("deadline.reached"));
  readonly #census: CensusTaker;
  readonly #body: ServiceBody;
  readonly #ends: EndWatch;
  readonly #control = new ControlReader();
  #state: SuperviseState;

  private constructor(ports: ActorPorts, dir: SuperviseDir, state: SuperviseState) {
    this.#ports = ports;
    this.#dir = dir;
    this.#state = state;
    this.#ends = new EndWatch(ports);
    this.#files = new ServiceFiles(dir.dirFd, ports);
    this.#census = new CensusTaker(ports, this.#files, () => isClearing(this.#state) && this.#receive("census.taken"));
    this.#child = new ServiceChild(ports, (pid, pidfd) => this.#dying(pid, pidfd), (status) => this.#died(status));
    this.#notification = new NotificationPipe(ports, (what) =>
      this.#receive(what === "newline" ? "run.notified" : "notification.closed"),
    );
    this.#body = new ServiceBody({
      ports,
      dir,
      files: this.#files,
      child: this.#child,
      notification: this.#notification,
      deadline: this.#deadline,
      census: this.#census,
    });
    ports.watch("control", dir.controlFd, () => this.#onControl());
  }

  /** A new supervisor on a directory that openSuperviseDir() opened. */
  static begin(ports: ActorPorts, dir: OpenedSuperviseDir): SuperviseActor {
    const wantedUp = !new ServiceFiles(dir.dirFd, ports).has("down");
    const actor = new SuperviseActor(ports, dir, start({ ...now(), wantedUp }));
    actor.#remember("start");
    actor.#receive("supervisor.started");
    if (dir.isTallyNew) actor.#recallDeaths();
    return actor;
  }

  /** Continues from the ledger what an actor in a dead thread was doing; undefined when it had not begun. */
  static adopt(ports: ActorPorts, reason: string): SuperviseActor | undefined {
    const { ledger } = ports;
    const saved = savedState(ledger.loadSnapshot());
    if (saved === undefined) return undefined;
    const dir = {
      dirFd: ledger.get("dirFd"), lock: ledger.get("lock"), lockFd: ledger.get("lockFd"), controlFd: ledger.get("controlFd"),
    };
    const actor = new SuperviseActor(ports, dir, restore(saved));
    actor.#remember("adopt", reason);
    actor.#resume();
    actor.#missChild();
    return actor;
  }

  /** Continues from the ledger what a process did that is dead: its services may have lived on, its descriptors have not. */
  static inherit(ports: ActorPorts, dir: OpenedSuperviseDir): SuperviseActor {
    const saved = savedState(ports.ledger.loadSnapshot());
    // A directory without anything of ours is a new one that got the inode of another, unless the process works in it.
    const isOther = dir.isTallyNew && !worksAtHome(ports.ledger);
    if (saved === undefined || saved.state === "gone" || saved.state === "fresh" || isOther) {
      ports.ledger.forgetChild();
      return SuperviseActor.begin(ports, dir);
    }
    const actor = new SuperviseActor(ports, dir, restore(saved));
    const isUpgrade = ports.ledger.get("orphaned") === 2;
    actor.#remember("adopt", isUpgrade ? "the tree became a new version" : "the process that supervised it had died");
    if (dir.isTallyNew) actor.#recallDeaths();
    actor.#body.inherit(saved.context.notifying);
    actor.#resume();
    actor.#missChild();
    if (saved.context.notifying && !actor.#notification.isOpen) actor.#receive("notification.closed");
    return actor;
  }

  /** It has left its loop. */
  get isGone(): boolean {
    return stateName(this.#state) === "gone";
  }

  /** A signal for the supervisor itself, as s6-svscan or a person would send it. */
  signal(signal: SupervisorSignal): void {
    this.#receive(`signal.${signal}`);
  }

  /** Another thread of this process reaped our child. */
  childDied(pid: number, waitStatus: WaitStatus): void {
    if (this.#child.pid === pid) this.#died(waitStatus);
  }

  /** Nobody knows how our child ended. */
  childLost(pid: number): void {
    if (this.#child.pid !== pid) return;
    this.#child.drop();
    this.#receive("child.lost");
  }

  // -- what happens ----------------------------------------------------------------------------------------------

  #dying(pid: number, pidfd: number): void {
    const { finishing, pgid } = this.#state.context;
    this.#census.arm(pid, pidfd, pgid, finishing ? "finish" : "run");
  }

  #died(waitStatus: WaitStatus): void {
    const { finishing: isFinish, ready: wasReady } = statusOf(this.#state);
    if (!isFinish) {
      this.#notification.look(); // a newline written just before death still counts
      if (waitStatus === 0 && awaitsFork(this.#state) && this.#forked()) return;
    }
    this.#child.drop();
    this.#receive(isFinish ? "finish.died" : "run.died", { waitStatus });
    if (!isFinish) this.#body.explainEnd(waitStatus, wasReady);
  }

  /** The parent of a forking daemon has ended well: true when its child is supervised now. */
  #forked(): boolean {
    const { pidfile } = this.#body;
    if (pidfile === undefined) return false;
    const heir = leftBehind(this.#dir.dirFd, pidfile);
    if (heir.type === "nothing") {
      this.#ports.warn(`no daemon to supervise: ${heir.why}`);
      return false;
    }
    this.#child.watch(heir.pid, heir.type === "alive" ? heir.pidfd : -1);
    this.#receive("run.forked", heir.type === "alive" ? { pid: heir.pid, pgid: heir.pgid } : { pid: heir.pid });
    return true;
  }

  #onControl(): void {
    const count = readFd(this.#dir.controlFd, buffer);
    if (count === "again") return;
    for (const { type, details } of this.#control.facts(buffer.slice(0, count))) this.#receive(type, details);
  }

  // -- facts to the machine ----------------------------------------------------------------------------------------

  #receive(type: FactType, details: object = {}): void {
    if (this.isGone) return;
    const read = wants(this.#state, type).map((wish) => (wish === "census" ? this.#census.answer(type) : this.#files.answer(wish)));
    this.#take(Object.assign({ type, ...now(), ...details }, ...read) as Fact);
  }

  /** One service's bug must never take its neighbours down: the fact is tried again from the ledger, once. */
  #take(fact: Fact): void {
    let current = fact;
    const run = (first: Fact): void => {
      const pending = [first];
      for (let next = pending.shift(); next !== undefined && !this.isGone; next = pending.shift()) {
        current = next;
        pending.unshift(...this.#step(next));
      }
    };
    try {
      run(fact);
    } catch (error) {
      this.#ports.warn(`unexpected error at ${current.type}, going on from the ledger: ${textOf(error)}`);
      try {
        this.#recover(`an unexpected error at ${current.type}`);
        if (!ANSWERS.has(current.type)) run(current);
      } catch (again) {
        this.#ports.warn(`unexpected error at ${current.type} again, it is dropped: ${textOf(again)}`);
      }
    }
  }

  /** One fact through the machine, its effects performed in order; answers what they answered. */
  #step(fact: Fact): Fact[] {
    faultPoint(this.#ports.name, fact.type, this.#files);
    const before = this.#state;
    const { state, effects } = step(before, fact);
    this.#state = state;
    this.#ends.note(before, fact);
    for (const effect of effects) {
      if (effect.type === "notify") this.#ports.ledger.set("letters", packLetters(effect.letters));
      else if (effect.type === "spawnFinish") this.#ports.ledger.finishArguments = effect;
    }
    this.#ports.ledger.saveSnapshot(JSON.stringify(state));
    this.#ports.journal.append({ fact, state: stateName(state), effects });
    const answers: Fact[] = [];
    for (const effect of effects) {
      const answer = this.#attempt(effect);
      if (answer !== undefined) answers.push(answer);
    }
    this.#ends.check(state);
    return answers;
  }

  /** A failed call of the system is a warning, never an end (s6 documentation, s6-supervise). */
  #attempt(effect: Effect): Fact | undefined {
    faultPoint(this.#ports.name, effect.type, this.#files);
    try {
      return this.#body.perform(effect);
    } catch (error) {
      this.#body.complain(error);
      return undefined;
    }
  }

  #recallDeaths(): void {
    const { maxDeaths = 0 } = this.#files.answer("maxDeaths");
    recallDeaths(this.#ports, maxDeaths, () => (this.isGone ? undefined : this.#dir.dirFd));
  }

  // -- recovery ------------------------------------------------------------------------------------------------------

  #remember(kind: "start" | "adopt", reason?: string): void {
    this.#ports.ledger.saveSnapshot(JSON.stringify(this.#state));
    this.#ports.journal.began(kind, this.#state, reason);
  }

  #recover(reason: string): void {
    const saved = savedState(this.#ports.ledger.loadSnapshot());
    if (saved === undefined) throw new Error("the ledger has no snapshot");
    this.#state = restore(saved);
    this.#remember("adopt", reason);
    this.#resume();
  }

  /** Cut off when the child was waited for and the state did not know it yet: nobody will learn how it ended. */
  #missChild(): void {
    if (this.#child.pid === undefined && statusOf(this.#state).pid > 0 && !isClearing(this.#state)) this.#receive("child.lost");
  }

  /** Catches up with whatever was cut off after the ledger's last snapshot; every part may be repeated. */
  #resume(): void {
    const { ledger } = this.#ports;
    this.#body.adopt();
    this.#census.recall();
    this.#deadline.set(deadlineOf(this.#state));
    switch (stateName(this.#state)) {
      case "fresh":
        this.#receive("supervisor.started");
        return;
      case "starting":
        this.#take(this.#body.answerAgain("run", 0));
        return;
      case "ending":
        this.#take(this.#body.answerAgain("finish", this.#state.context.pgid));
        return;
      default: {
        this.#attempt({ type: "writeStatus", status: statusOf(this.#state) });
        const letters = unpackLetters(ledger.get("letters"));
        if (letters !== undefined) this.#attempt({ type: "notify", letters });
        this.#ends.check(this.#state);
        if (isClearing(this.#state)) this.#receive("census.taken"); // whom the last one found may be gone, or never killed
      }
    }
  }
}

const savedState = (json: string | undefined): SuperviseState | undefined =>
  json === undefined ? undefined : (JSON.parse(json) as SuperviseState);
