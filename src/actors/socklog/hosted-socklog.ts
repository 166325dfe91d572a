import { SystemError } from "../../sys/errors.ts";
import { KeptMemory } from "../log/kept-memory.ts";
import { privately } from "../shared-host/private-sink.ts";
import type { ThinProcess } from "../shared-host/thin-process.ts";
import type { Turns } from "../shared-host/turns.ts";
import { StartError } from "../start-error.ts";
import { bindPlace, notify, type SocklogSetup } from "./socklog.ts";
import { SOCKLOG_NUMBERS, SocklogLoop } from "./socklog-loop.ts";

/** What the thin process keeps, all of it or none: a host that has it goes on. */
const LABEL = { memory: 0, socket: 1 } as const; // and the lock

interface Kept {
  readonly memory: KeptMemory;
  readonly socket: number;
}

/**
 * s6-socklog whose process is a thin one. Lines that wait for stdout survive this process; a datagram that is taken in the very
 * moment of a kill is lost.
 *
 * @returns undefined where it can't be done here. @throws StartError 111
 */
export function hostedSocklog(thin: ThinProcess, turns: Turns, setup: SocklogSetup, exit: (code: number, reason?: string) => void): SocklogLoop | undefined {
  const { uid, gid, groups } = setup.credentials;
  if (uid !== 0 || gid !== 0 || groups !== undefined) return undefined; // a host can't become somebody else
  thin.releaseInherited(setup.notificationFd);
  const before = keptBefore(thin);
  const kept = before ?? begun(thin, setup);
  if (kept === undefined) return undefined;
  const { memory, socket } = kept;
  const loop = new SocklogLoop(setup, {
    socket,
    closeSocket() {
      thin.release(socket);
      thin.drop(LABEL.socket);
    },
    stdout: () => privately(thin, thin.stdout),
    area: memory.part(0),
    note: (save) => memory.note(save),
    watcher: turns.watcherOf(thin),
    after: (ms, then) => turns.after(thin, ms, then),
    exit,
  });
  thin.take();
  thin.release(thin.stdin);
  thin.closeTheirs(0);
  ready(thin, setup.notificationFd);
  const { saved } = memory;
  if (before === undefined || saved === undefined) loop.begin();
  else loop.resume(saved);
  return loop;
}

function keptBefore(thin: ThinProcess): Kept | undefined {
  const [memory, socket] = [thin.kept(LABEL.memory), thin.kept(LABEL.socket)];
  return memory === undefined ? undefined : { memory: new KeptMemory(memory, SOCKLOG_NUMBERS), socket: socket ?? -1 };
}

function begun(thin: ThinProcess, { place }: SocklogSetup): Kept | undefined {
  try {
    const { fd: socket, lockFd } = bindPlace(place);
    thin.own(socket);
    if (lockFd !== undefined) thin.own(lockFd);
    const memory = KeptMemory.make(SOCKLOG_NUMBERS, 1);
    thin.own(memory.fd);
    thin.keep(LABEL.memory, memory.fd, socket, ...(lockFd === undefined ? [] : [lockFd]));
    return { memory, socket };
  } catch (error) {
    // No descriptors, no memory: it may have more luck alone.
    if (error instanceof SystemError || (error instanceof StartError && error.isOutOfDescriptors)) return undefined;
    throw error;
  }
}

/** Whoever was told before is told once more: the number leads nowhere by then. */
function ready(thin: ThinProcess, notificationFd: number | undefined): void {
  const fd = notificationFd === undefined ? undefined : thin.inheritedFd(notificationFd);
  if (notificationFd === undefined || fd === undefined) return;
  notify(fd);
  thin.release(fd);
  thin.closeTheirs(notificationFd);
}
