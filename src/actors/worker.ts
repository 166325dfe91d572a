import { JournalWriter } from "../store/journal-writer.ts";
import { NO_JOURNAL, type ServiceJournal } from "../store/service-journal.ts";
import { AT_FDCWD, closeFd, isSameFile } from "../sys/files.ts";
import type { ActorPorts } from "./actor-ports.ts";
import type { Ledger } from "./ledger.ts";
import { attachLedger } from "./ledger-file.ts";
import { Outbox } from "./outbox.ts";
import type { Ending, SupervisorSpec, ToMain, ToSupervisor, ToWorker, WorkerTask } from "./protocol.ts";
import { closeSuperviseDir, LOCK_PATH, openSuperviseDir, type SuperviseDir, writePointer } from "./supervise-dir.ts";
import { StartError } from "./start-error.ts";
import { SuperviseActor } from "./supervise-actor.ts";
import { differenceFrom } from "./upgrade-replay.ts";
import { watchPorts } from "./watch-ports.ts";
import { report } from "./report.ts";
import { voiceOf } from "./voice.ts";

/** The entry of a piscina worker thread: it hosts many supervisors, one long-lived task each. */

interface Attachment {
  readonly outbox: Outbox<ToMain>;
  readonly ledger: Ledger;
  readonly journal: JournalWriter | undefined;
  readonly lockDescriptors: boolean;
}

let attachment: Attachment | undefined;
/** By serial. */
const actors = new Map<number, SuperviseActor>();
/** Words that overtook the task that starts their supervisor: tasks and messages come through different ports. */
let early: ToSupervisor[] = [];
let newestSerial = -1;

export default function run(task: WorkerTask): Promise<Ending> | string | null | undefined {
  switch (task.type) {
    case "attach":
      attach(task);
      return undefined;
    case "test":
      return differenceFrom(task.journalDir);
    case "supervise":
      return supervise(task.spec, task.serial, task.adopt);
  }
}

function attach(task: Extract<WorkerTask, { type: "attach" }>): void {
  const { port, ledger, journalDir, lockDescriptors } = task;
  const journal = journalDir === null ? undefined : new JournalWriter({
    dir: journalDir,
    warn: (text) => report("s6-svscan", "warning", text),
    grown: (records, bytes) => tell({ type: "grown", records, bytes }),
  });
  attachment = { outbox: new Outbox((batch) => port.postMessage(batch)), ledger: attachLedger(ledger), journal, lockDescriptors };
  port.on("message", (batch: readonly ToWorker[]) => {
    for (const message of batch) hear(message);
  });
}

function tell(message: ToMain): void {
  attachment?.outbox.push(message);
}

function hear(message: ToWorker): void {
  switch (message.type) {
    case "openJournal":
      attachment?.journal?.open();
      return;
    case "commit":
      void Promise.resolve(attachment?.journal?.flush()).then(() => tell({ type: "flushed" }));
      return;
    case "flush":
      void attachment?.journal?.close().then(() => tell({ type: "flushed" }));
      if (attachment?.journal === undefined) tell({ type: "flushed" });
      return;
    default:
      if (message.serial > newestSerial) early.push(message);
      else deliver(message);
  }
}

function deliver(message: ToSupervisor): void {
  const actor = actors.get(message.serial);
  switch (message.type) {
    case "signal":
      actor?.signal(message.signal);
      break;
    case "childDied":
      actor?.childDied(message.pid, message.waitStatus);
      break;
    case "childLost":
      actor?.childLost(message.pid);
      break;
  }
  tell({ type: "heard", serial: message.serial });
}

/** Never rejects: a rejected task means to main that the thread is dead. */
function supervise(spec: SupervisorSpec, serial: number, adopt: string | null): Promise<Ending> {
  newestSerial = serial;
  return new Promise((resolve) => {
    const ports = portsOf(spec, () => {
      actors.delete(serial);
      resolve({ type: "exited" });
    });
    if (adopt !== null && ports.ledger.get("used") === 0) {
      resolve({ type: "exited" }); // it was over when the thread died, only nobody had been told
      return;
    }
    try {
      const actor = (adopt === null ? undefined : SuperviseActor.adopt(ports, adopt)) ?? begin(spec, ports);
      if (!actor.isGone) actors.set(serial, actor);
    } catch (error) {
      const ending = failure(error);
      // What can't be taken over now can be later; but another instance has it now, and it is that one's.
      if (ports.ledger.get("orphaned") === 0 || ending.code === 100) ports.ledger.release();
      resolve(ending);
    }
    const due = early.filter((message) => message.serial <= serial);
    early = early.filter((message) => message.serial > serial);
    for (const message of due) deliver(message);
  });
}

function begin(spec: SupervisorSpec, ports: ActorPorts): SuperviseActor {
  const { ledger } = ports;
  const isOrphaned = ledger.get("orphaned") !== 0;
  const isHeir = ledger.get("orphaned") === 2;
  const controlFd = isHeir ? ledger.get("controlFd") : -1;
  const lockFd = isHeir ? keptLock(spec.name, ledger.get("lockFd")) : -1;
  if (isHeir) for (const field of ["controlFd", "lockFd"] as const) ledger.set(field, -1);
  // Left by a thread that died while it was opening the directory: its lock would be in our way.
  closeSuperviseDir({
    dirFd: ledger.get("dirFd"), lock: ledger.get("lock"), lockFd: ledger.get("lockFd"), controlFd: ledger.get("controlFd"),
  });
  if (!isOrphaned) ledger.claim();
  const opened: { -readonly [Name in keyof SuperviseDir]?: number } = { lockFd };
  try {
    const dir = openSuperviseDir(spec.name, { byDescriptor: attachment?.lockDescriptors === true, inherited: lockFd, isOrphaned }, (part) => {
      Object.assign(opened, part);
      for (const [field, value] of Object.entries(part)) ledger.set(field as keyof SuperviseDir, value);
    });
    if (spec.pointer !== null) writePointer(dir.dirFd, spec.pointer, ports.warn);
    if (controlFd >= 0) closeFd(controlFd); // not before: what was written meanwhile would be lost with it
    if (!isOrphaned) return SuperviseActor.begin(ports, dir);
    const heir = SuperviseActor.inherit(ports, dir);
    ledger.set("orphaned", 0);
    return heir;
  } catch (error) {
    closeSuperviseDir(opened);
    throw error;
  }
}

/** The lock that came through an exec, if it is that of this directory still. */
function keptLock(servicedir: string, fd: number): number {
  if (fd <= 2) return -1;
  if (isSameFile(fd, AT_FDCWD, `${servicedir}/${LOCK_PATH}`)) return fd;
  closeFd(fd);
  return -1;
}

function portsOf(spec: SupervisorSpec, exited: () => void): ActorPorts {
  if (attachment === undefined) throw new Error("a supervise task came before attach");
  const { ledger, journal } = attachment;
  const { slot, name, stdin, stdout, stderr, serviceId } = spec;
  const service: ServiceJournal =
    journal === undefined || serviceId === null ? NO_JOURNAL : journal.service(serviceId);
  return {
    name,
    stdin,
    stdout,
    stderr,
    ledger: ledger.slot(slot),
    journal: service,
    ...watchPorts(slot),
    ...voiceOf(`s6-supervise ${name}`, stderr),
    nulled: () => tell({ type: "nulled", slot }),
    claim: (pid) => tell({ type: "claim", slot, pid }),
    ended: (waitStatus, forGood) => tell({ type: "ended", slot, waitStatus, forGood }),
    exited,
  };
}

function failure(error: unknown): Extract<Ending, { type: "failed" }> {
  if (error instanceof StartError) return { type: "failed", message: error.message, code: error.code, hint: error.hint };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { type: "failed", message: `unexpected error: ${message}`, code: 111 };
}
