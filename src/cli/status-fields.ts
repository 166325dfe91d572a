import { signalName } from "../formats/signals.ts";
import { isNotStartedYet, isUp, type ServiceStatus } from "../formats/status.ts";
import { formatTain, type Tain, tainSecondsBetween } from "../formats/tain.ts";
import { exitCode, termSignal } from "../formats/wait-status.ts";

/** What s6-svstat knows about one supervised service. */
export interface Snapshot {
  readonly status: ServiceStatus;
  /** No ./down file. */
  readonly normallyUp: boolean;
  /** Moment of the reading, on the clock that wrote the stamps. */
  readonly now: Tain;
}

/** A stamp later than `now` (the clock went back) is shown as now. */
export const secondsSince = (stamp: Tain, now: Tain): number => Math.max(0, Math.floor(tainSecondsBetween(stamp, now)));

/** How ./run last ended; undefined while it is up and before it has ever been started. */
export type Ending =
  | { readonly type: "exited"; readonly exitCode: number }
  | { readonly type: "signaled"; readonly signal: number };

export function endingOf(status: ServiceStatus): Ending | undefined {
  if (isUp(status) || isNotStartedYet(status)) return undefined;
  const signal = termSignal(status.waitStatus);
  return signal === 0 ? { type: "exited", exitCode: exitCode(status.waitStatus) } : { type: "signaled", signal };
}

const changedAt = ({ status, now }: Snapshot): Tain => (status.changedAt > now ? now : status.changedAt);
const pid = ({ status }: Snapshot): string => (isUp(status) ? String(status.pid) : "-1");
const code = (ending: Ending | undefined): string => (ending?.type === "exited" ? String(ending.exitCode) : "-1");
const number = (ending: Ending | undefined): string => (ending?.type === "signaled" ? String(ending.signal) : "-1");
const named = (ending: Ending | undefined): string =>
  ending?.type === "signaled" ? `SIG${signalName(ending.signal)}` : "NA";

/**
 * The fields of `s6-svstat -o`, in the order of its synopsis. A service that is completely down is not `ready`,
 * whatever its status file says, and the process group of a service has the number of its leader, ./run.
 */
export const STATUS_FIELDS = {
  up: ({ status }: Snapshot) => String(isUp(status)),
  wantedup: ({ status }: Snapshot) => String(status.wantedUp),
  normallyup: ({ normallyUp }: Snapshot) => String(normallyUp),
  ready: ({ status }: Snapshot) => String(status.pid !== 0 && status.ready),
  paused: ({ status }: Snapshot) => String(status.pid !== 0 && status.paused),
  pid,
  pgid: pid,
  exitcode: ({ status }: Snapshot) => code(endingOf(status)),
  signal: ({ status }: Snapshot) => named(endingOf(status)),
  signum: ({ status }: Snapshot) => number(endingOf(status)),
  updownsince: (snapshot: Snapshot) => formatTain(changedAt(snapshot)),
  readysince: ({ status }: Snapshot) => formatTain(status.readyAt),
  updownfor: (snapshot: Snapshot) => String(secondsSince(snapshot.status.changedAt, snapshot.now)),
  readyfor: ({ status, now }: Snapshot) => String(secondsSince(status.readyAt, now)),
} as const satisfies Record<string, (snapshot: Snapshot) => string>;
export type StatusField = keyof typeof STATUS_FIELDS;

export const isStatusField = (text: string): text is StatusField => Object.hasOwn(STATUS_FIELDS, text);

/** The line for people, without the newline. `numeric`: signals by number. */
export function describeStatus({ status, normallyUp, now }: Snapshot, numeric: boolean): string {
  const up = isUp(status);
  const started = !isNotStartedYet(status);
  const parts = [`${up ? `up (pid ${status.pid} pgid ${status.pid})` : `down (${describeEnding(status, numeric)})`} `];

  if (started) parts.push(`${secondsSince(status.changedAt, now)} seconds`);
  if (up && !normallyUp) parts.push(", normally down");
  if (!up && normallyUp) parts.push(", normally up");
  if (up && status.paused) parts.push(", paused");
  if (!up && status.wantedUp) parts.push(", want up");
  if (up && !status.wantedUp) parts.push(", want down");
  if (started && status.ready) parts.push(`, ready ${secondsSince(status.readyAt, now)} seconds`);
  return parts.join("");
}

function describeEnding(status: ServiceStatus, numeric: boolean): string {
  const ending = endingOf(status);
  if (ending === undefined) return "not started yet";
  if (ending.type === "exited") return `exitcode ${ending.exitCode}`;
  return `signal ${numeric ? ending.signal : `SIG${signalName(ending.signal)}`}`;
}

/**
 * One line of `s6-svstat --json`. Names are those of -o where there is one; what does not apply is null. Names may be
 * added in later versions, none changes its meaning.
 */
export interface StatusRecord {
  /** As given on the command line. */
  readonly servicedir: string;
  readonly supervised: boolean;
  readonly up?: boolean;
  readonly ready?: boolean;
  readonly wantedup?: boolean;
  readonly normallyup?: boolean;
  readonly paused?: boolean;
  /** ./finish is running. */
  readonly finishing?: boolean;
  /** False until ./run has been started for the first time under this supervisor. */
  readonly started?: boolean;
  readonly pid?: number | null;
  readonly pgid?: number | null;
  /** How ./run last ended; null while it is up. */
  readonly exitcode?: number | null;
  readonly signal?: string | null;
  readonly signum?: number | null;
  /** TAI64N. */
  readonly updownsince?: string;
  readonly readysince?: string;
  /** Whole seconds. */
  readonly updownfor?: number;
  readonly readyfor?: number;
}

export function statusRecord(servicedir: string, snapshot: Snapshot): StatusRecord {
  const { status, normallyUp, now } = snapshot;
  const ending = endingOf(status);
  const leader = isUp(status) ? status.pid : null;
  return {
    servicedir,
    supervised: true,
    up: isUp(status),
    ready: status.pid !== 0 && status.ready,
    wantedup: status.wantedUp,
    normallyup: normallyUp,
    paused: status.pid !== 0 && status.paused,
    finishing: status.finishing,
    started: !isNotStartedYet(status),
    pid: leader,
    pgid: leader,
    exitcode: ending?.type === "exited" ? ending.exitCode : null,
    signal: ending?.type === "signaled" ? `SIG${signalName(ending.signal)}` : null,
    signum: ending?.type === "signaled" ? ending.signal : null,
    updownsince: formatTain(changedAt(snapshot)),
    readysince: formatTain(status.readyAt),
    updownfor: secondsSince(status.changedAt, now),
    readyfor: secondsSince(status.readyAt, now),
  };
}
