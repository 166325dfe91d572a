import { signalNumber } from "../formats/signals.ts";
import type { WaitStatus } from "../formats/wait-status.ts";
import { devNull, dupOnto, statFd } from "../sys/files.ts";
import { reap, setName, setSubreaper } from "../sys/process.ts";
import { readSignals, trapSignals } from "../sys/signals.ts";
import { NO_JOURNAL } from "../store/service-journal.ts";
import { withinCloseLimit } from "./closing-limit.ts";
import type { ActorPorts } from "./actor-ports.ts";
import { offerSharedHost } from "./host-offer.ts";
import type { LedgerSlot } from "./ledger.ts";
import { openLedger } from "./ledger-file.ts";
import type { SupervisorSignal } from "./protocol.ts";
import { standaloneJournal } from "./standalone-journal.ts";
import { StartError } from "./start-error.ts";
import { openSuperviseDir, type SuperviseDir } from "./supervise-dir.ts";
import { SuperviseActor } from "./supervise-actor.ts";
import { voiceOf } from "./voice.ts";
import { watchPorts } from "./watch-ports.ts";

/** Signals that a person or s6-svscan sends to a s6-supervise process. */
const SIGNALS: Readonly<Record<number, SupervisorSignal>> = {
  [signalNumber("TERM")]: "term",
  [signalNumber("HUP")]: "hup",
  [signalNumber("QUIT")]: "quit",
  [signalNumber("INT")]: "int",
};
const SIGCHLD = signalNumber("CHLD");
const ORPHANS_REMEMBERED = 64;

/**
 * The same supervisor actor, alone in its process: what s6-supervise runs, under our s6-svscan's C peer or by hand.
 * `exit` is called once, when the supervisor has left its loop and its journal is flushed.
 *
 * @throws StartError
 */
export function superviseAlone(servicedir: string, exit: (code: number) => void): void {
  const name = servicedir;
  const voice = voiceOf(`s6-supervise ${name}`);
  const { warn } = voice;
  chdir(servicedir);
  const dir = openSuperviseDir(".", { byDescriptor: false, inherited: -1, isOrphaned: true }, () => undefined);
  offerSharedHost(".", warn);
  const ledger = takeLedger(dir, warn);
  const signalFd = trapSignals([...Object.keys(SIGNALS).map(Number), SIGCHLD]);
  setName("s6-supervise");
  setSubreaper(); // the daemon that a pidfile names is re-parented to us
  const journal = standaloneJournal(name, dir.dirFd, warn);
  const orphans: { pid: number; waitStatus: WaitStatus }[] = [];
  let actor: SuperviseActor | undefined;

  const ports: ActorPorts = {
    name,
    stdin: 0,
    stdout: 1,
    stderr: 2,
    ledger,
    journal: journal?.service ?? NO_JOURNAL,
    ...watchPorts(0),
    ...voice,
    nulled: () => {
      for (const fd of [0, 1]) dupOnto(devNull(), fd);
    },
    claim: (pid) => {
      // Not at once: the actor is in the middle of a fact.
      setImmediate(() => {
        const orphan = orphans.find((known) => known.pid === pid);
        if (orphan === undefined) actor?.childLost(pid);
        else actor?.childDied(pid, orphan.waitStatus);
      });
    },
    ended: () => undefined, // there is no tree that could end with it
    exited: () => {
      ports.unwatch(signalFd); // signals that come while the journal closes have nothing more to say
      void withinCloseLimit(journal?.close()).finally(() => exit(0));
    },
  };
  ports.watch("signals", signalFd, () => {
    for (const signal of readSignals(signalFd)) {
      const order = SIGNALS[signal];
      if (order !== undefined) actor?.signal(order);
      else reapAll();
    }
  });

  function reapAll(): void {
    for (let dead = reap(); dead !== undefined; dead = reap()) {
      if (journal?.housekeeper.ended(dead.pid, dead.waitStatus) === true) continue;
      orphans.push(dead);
      if (orphans.length > ORPHANS_REMEMBERED) orphans.shift();
      actor?.childDied(dead.pid, dead.waitStatus);
    }
  }

  actor = ledger.get("orphaned") !== 0 ? SuperviseActor.inherit(ports, dir) : SuperviseActor.begin(ports, dir);
  ledger.set("orphaned", 0);
  setImmediate(() => journal?.open());
}

/** What an earlier supervisor of the directory left there, if it was killed. */
function takeLedger(dir: SuperviseDir, warn: (text: string) => void): LedgerSlot {
  const slot = openLedger("supervise/ledger", 1, warn).ledger.slot(0);
  if (slot.get("orphaned") === 0) slot.claim();
  slot.home = statFd(dir.dirFd) ?? { dev: 0, ino: 0 };
  slot.set("dirFd", dir.dirFd);
  slot.set("lock", dir.lock);
  slot.set("lockFd", dir.lockFd);
  slot.set("controlFd", dir.controlFd);
  return slot;
}

function chdir(servicedir: string): void {
  try {
    process.chdir(servicedir);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new StartError(`unable to chdir to ${servicedir}: ${code}`, 111);
  }
}
