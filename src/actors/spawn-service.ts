import { constants } from "node:fs";
import type { RunScript } from "../chain/run-script.ts";
import { join } from "node:path";
import { packageRoot } from "../sys/package-root.ts";
import { SystemError } from "../sys/errors.ts";
import { closeFd, openAt, pipe, setNonblock } from "../sys/files.ts";
import { tryLock } from "../sys/lock.ts";
import { nofile, type SpawnOut, softNofileOfChildren, spawn, spawnFlags } from "../sys/process.ts";
import { splitEnvShebang } from "./env-shebang.ts";
import { hintForClash } from "../diagnosis/values.ts";
import { whyNotSpawned } from "./hints.ts";
import type { ServiceFiles } from "./service-files.ts";
import { type Image, startScript } from "./start-script.ts";
import type { Voice } from "./voice.ts";

/** What a child of a supervisor is started with. */
export interface ChildSetting {
  readonly name: string;
  readonly dirFd: number;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly files: ServiceFiles;
  readonly scripts: { readonly run: RunScript; readonly finish: RunScript };
  /** The ledger's place for pid, pidfd and stage. */
  readonly out: SpawnOut;
  readonly voice: Voice;
}

export type RunStart =
  | {
      readonly type: "spawned";
      readonly pid: number;
      readonly pidfd: number;
      /** Read end of the notification pipe, -1 without one. */
      readonly notifyFd: number;
      /** Its number in the service, -1 without one. */
      readonly notifyTarget: number;
      readonly notifies: boolean;
      readonly pidfile: string | undefined;
    }
  | { readonly type: "failed"; readonly code: string; readonly retryMs: number | undefined };

const RETRY_MS = 60_000;
/** Descriptors that no notification pipe may take: files must be written, and other services started, all the time. */
const HEADROOM = 64;
const LOCK_HELPER = join(packageRoot, "dist", "native", "launcher");
const LOCK_HELPER_NAME = "s6-actors-lock";

/** Starts ./run (s6 documentation, servicedir: run, notification-fd, lock-fd, flag-newpidns; and our pidfile). */
export function spawnRun(setting: ChildSetting): RunStart {
  const { files, voice } = setting;
  const limit = softNofileOfChildren();
  const pidfile = files.pidfile();
  const notifyTarget = files.descriptor("notification-fd", limit);
  const lockTarget = files.descriptor("lock-fd", limit);
  if (notifyTarget !== undefined && notifyTarget === lockTarget) {
    voice.warn("notification-fd and lock-fd are the same descriptor: not starting the service", hintForClash(lockTarget));
    return { type: "failed", code: "EINVAL", retryMs: undefined };
  }
  const map = new Map([[0, setting.stdin], [1, setting.stdout], [2, setting.stderr]]);
  const toClose: number[] = [];
  let notifyFd = -1;
  try {
    const words = ["./run", setting.name];
    const asItIs = (): Image => splitEnvShebang(setting.dirFd, "./run", words);
    let isWaiting = false;
    if (lockTarget !== undefined) {
      const lock = openServiceLock(setting.dirFd);
      toClose.push(lock.fd);
      map.set(lockTarget, lock.fd);
      if (!lock.taken) {
        voice.warn("another instance of the service is already running: the new one waits for its lock");
        isWaiting = true;
      }
    }
    // A forking daemon is ready when its parent has exited: it gets no pipe.
    if (notifyTarget !== undefined && pidfile === undefined) {
      const [readEnd, writeEnd] = pipe();
      setNonblock(readEnd, true); // the service's end stays as services expect it: blocking
      notifyFd = readEnd;
      toClose.push(writeEnd);
      map.set(notifyTarget, writeEnd);
      if (readEnd >= nofile().soft - HEADROOM) throw new SystemError("pipe", undefined, "EMFILE");
    }
    const flags = spawnFlags({ setsid: true, newPidNamespace: files.has("flag-newpidns") });
    if (isWaiting) {
      const { file, argv } = asItIs();
      spawn(setting.dirFd, LOCK_HELPER, [LOCK_HELPER_NAME, String(lockTarget), file, ...argv], map, flags, setting.out);
    } else startScript(setting.scripts.run, setting.dirFd, words, asItIs, map, flags, setting.out);
  } catch (error) {
    if (notifyFd >= 0) closeFd(notifyFd);
    if (!(error instanceof SystemError)) throw error;
    voice.warn(`unable to spawn ./run (waiting ${RETRY_MS / 1000} seconds): ${error.reason}`, whyNotSpawned(setting.dirFd, "run", error));
    return { type: "failed", code: error.code, retryMs: RETRY_MS };
  } finally {
    for (const fd of toClose) closeFd(fd);
  }
  voice.settled("run");
  voice.settled("descriptors");
  return {
    type: "spawned",
    pid: setting.out[0] ?? 0,
    pidfd: setting.out[1] ?? -1,
    notifyFd,
    notifyTarget: notifyFd >= 0 ? (notifyTarget ?? -1) : -1,
    notifies: notifyTarget !== undefined,
    pidfile,
  };
}

/** Starts ./finish; undefined when there is none, or none that can be run (then a warning was given). */
export function spawnFinish(
  setting: ChildSetting,
  death: { exitCode: number; signal: number; pgid: number },
): { pid: number; pidfd: number } | undefined {
  if (!setting.files.has("finish")) return undefined;
  const map = new Map([[0, setting.stdin], [1, setting.stdout], [2, setting.stderr]]);
  const words = ["finish", String(death.exitCode), String(death.signal), setting.name, String(death.pgid)];
  try {
    const flags = spawnFlags({ setsid: true, newPidNamespace: false });
    const asItIs = (): Image => splitEnvShebang(setting.dirFd, "./finish", words);
    startScript(setting.scripts.finish, setting.dirFd, ["./finish", ...words.slice(1)], asItIs, map, flags, setting.out);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    setting.voice.warn(`unable to spawn ./finish: ${error.reason}`, whyNotSpawned(setting.dirFd, "finish", error));
    return undefined;
  }
  setting.voice.settled("finish");
  return { pid: setting.out[0] ?? 0, pidfd: setting.out[1] ?? -1 };
}

/**
 * The lock belongs to the open file description, so the service inherits it with the descriptor and holds it as long
 * as it keeps that open: what the documentation promises, and classic record locks do not do.
 */
function openServiceLock(dirFd: number): { fd: number; taken: boolean } {
  const path = "supervise/service-lock";
  const fd = openAt(dirFd, path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK, 0o666);
  try {
    return { fd, taken: tryLock(fd, path) };
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}
