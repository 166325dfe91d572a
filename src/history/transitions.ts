import { type ControlOrder, CONTROLS } from "../formats/control.ts";
import { type Definition, differencesBetween } from "../formats/definition.ts";
import type { Sender } from "../formats/sender.ts";
import { signalName, signalNumber } from "../formats/signals.ts";
import { type Tain, tainSecondsBetween } from "../formats/tain.ts";
import { exitCode, termSignal, type WaitStatus } from "../formats/wait-status.ts";
import type { Census, Tie } from "../machines/supervise/census.ts";
import type { Fact } from "../machines/supervise/facts.ts";
import { type FactRecord, type JournalRecord, snapshotIn, stampOf } from "../store/journal-record.ts";
import { localTime } from "./words.ts";

/** What a history tells people: one line per thing that happened, with its cause. Pure folds over records. */
export const KINDS = ["supervisor", "command", "start", "ready", "death", "finish", "left", "limit", "failure", "gap"] as const;
export type Kind = (typeof KINDS)[number];

export interface Transition {
  readonly at: Tain;
  readonly kind: Kind;
  /** What happened, and why, in words. */
  readonly text: string;
  /** State of the supervisor after it. */
  readonly state: string;
  /** Of the process that it is about. */
  readonly pid: number | null;
  /** Seconds that what ended here had lasted: up until its death, down until its start, finish until its end. */
  readonly lasted: number | null;
  /** Of a death: it was asked for. null = does not apply. */
  readonly ordered: boolean | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Of a command: who sent it, by its own account; null = nobody said so, as C's s6-svc. */
  readonly by: Sender | null;
}

/** What the fold remembers of the records before. */
interface Memory {
  startedAt: Tain | undefined;
  diedAt: Tain | undefined;
  finishAt: Tain | undefined;
  pid: number | null;
  /** Why the next start happens. */
  cause: string;
  /** Signals that run was sent since its start, and when it was last sent one of those that ask programs to end. */
  sent: Set<number>;
  askedAt: Tain | undefined;
  isWantedUp: boolean;
  /** What the service was by its files at the last start. */
  definition: Definition | undefined;
}

export function* transitionsOf(records: Iterable<JournalRecord>): Generator<Transition> {
  const memory: Memory = {
    startedAt: undefined, diedAt: undefined, finishAt: undefined, pid: null, cause: "", sent: new Set(), askedAt: undefined,
    isWantedUp: true, definition: undefined,
  };
  for (const record of records) {
    const told = record.kind === "fact" ? ofFact(record, memory) : ofOther(record, memory);
    if (told !== undefined) {
      const { kind, text, pid = null, lasted = null, ordered = null, exitCode: code = null, signal = null } = told;
      const state = record.kind === "fact" ? record.state : (snapshotIn(record)?.state ?? "");
      const by = record.kind === "fact" ? (record.fact.by ?? null) : null;
      yield { at: stampOf(record), kind, text, state, pid, lasted, ordered, exitCode: code, signal, by };
    }
    if (record.kind === "fact") {
      const { fact, state } = record;
      if (fact.census !== undefined) yield { ...NOTHING, at: fact.at, kind: "left", text: censusInWords(fact.census, fact.type), state };
      remember(record, memory);
    }
  }
}

const NOTHING = { pid: null, lasted: null, ordered: null, exitCode: null, signal: null, by: null } as const;

type Told = Pick<Transition, "kind" | "text"> & Partial<Transition>;

function ofOther(record: Exclude<JournalRecord, FactRecord>, memory: Memory): Told {
  if (record.kind === "gap") return { kind: "gap", text: `${record.dropped} records were lost` };
  if (record.kind === "start") {
    Object.assign(memory, { startedAt: undefined, diedAt: undefined, pid: null, cause: "the supervisor started" });
    return { kind: "supervisor", text: "supervisor started" };
  }
  const context = snapshotIn(record)?.context;
  if (context !== undefined) {
    memory.pid = context.pid === 0 ? null : context.pid;
    memory.isWantedUp = context.wantedUp;
    if (context.pid !== 0) memory[context.finishing ? "finishAt" : "startedAt"] = context.changedAt;
  }
  if (record.kind === "checkpoint") memory.definition = record.definition;
  if (record.kind === "checkpoint") return { kind: "gap", text: `${record.removed} records since ${localTime(record.since)} were removed` };
  const reason = record.reason === undefined ? "" : `: ${record.reason}`;
  return { kind: "supervisor", text: `supervisor taken over${reason}`, pid: memory.pid };
}

/** `; since the start before run changed`. */
function newsOf({ definition }: Fact, { definition: before }: Memory): string {
  if (definition === undefined || before === undefined) return "";
  const differences = differencesBetween(before, definition);
  return differences.length === 0 ? "" : `; since the start before ${differences.join(", ")}`;
}

/** Why run can't be started, where the errno and what is there tell. */
function obstacleOf(code: string, definition: Definition | undefined): string {
  if (definition?.run === undefined) return code;
  if (code === "ENOENT") return `${code}, though run is there: its interpreter is missing`;
  if (code === "EACCES") return `${code}: run or its interpreter is not executable, or lies where nothing may be`;
  return code === "ENOEXEC" ? `${code}: run has no #! line and is no program` : code;
}

function ofFact({ fact, state }: FactRecord, memory: Memory): Told | undefined {
  switch (fact.type) {
    case "supervisor.started":
    case "finish.absent":
    case "census.taken":
      return undefined;
    case "run.spawned": {
      const lasted = since(memory.diedAt, fact.at);
      return { kind: "start", text: `started: ${memory.cause || "nobody knows why"}${newsOf(fact, memory)}`, pid: fact.pid, lasted };
    }
    case "run.failed": {
      const retry = fact.retryMs === undefined ? "no new try before the next command" : `next try in ${fact.retryMs / 1000} s`;
      const obstacle = obstacleOf(fact.code, fact.definition ?? memory.definition);
      return { kind: "failure", text: `can't be started: ${obstacle}; ${retry}` };
    }
    case "run.notified":
      return { kind: "ready", text: "ready", pid: memory.pid, lasted: since(memory.startedAt, fact.at) };
    case "run.forked":
      return { kind: "start", text: `its daemon ${fact.pid} is supervised instead of ${memory.pid ?? "it"}`, pid: fact.pid };
    case "notification.closed":
      return state === "up.unready" ? { kind: "ready", text: "will never say that it is ready: its pipe is closed", pid: memory.pid } : undefined;
    case "run.died": {
      const ordered = isOrdered(memory, fact.at, termSignal(fact.waitStatus));
      const text = `${endingOf(fact.waitStatus)}${ordered ? ", as it was told" : ""}`;
      return { kind: "death", text, pid: memory.pid, lasted: since(memory.startedAt, fact.at), ordered, ...partsOf(fact.waitStatus) };
    }
    case "child.lost":
      return { kind: "death", text: "gone, nobody saw how", pid: memory.pid, lasted: since(memory.startedAt, fact.at), ordered: isOrdered(memory, fact.at, 0) };
    case "finish.spawned":
      return { kind: "finish", text: "finish runs", pid: fact.pid };
    case "finish.died": {
      const permanent = termSignal(fact.waitStatus) === 0 && exitCode(fact.waitStatus) === 125;
      const text = `finish: ${endingOf(fact.waitStatus)}${permanent ? ", permanent failure: no restart" : ""}`;
      return { kind: "finish", text, pid: memory.pid, lasted: since(memory.finishAt, fact.at), ...partsOf(fact.waitStatus) };
    }
    case "deadline.reached":
      if (fact.census !== undefined) return { kind: "limit", text: "what it left behind did not go in time" };
      if (state === "finish") return { kind: "limit", text: "finish took too long: SIGKILL", pid: memory.pid };
      return state.startsWith("up") ? { kind: "limit", text: "did not stop in time: SIGKILL", pid: memory.pid } : undefined;
    case "signal.term":
    case "signal.hup":
    case "signal.quit":
    case "signal.int":
      return { kind: "command", text: `SIG${fact.type.slice("signal.".length).toUpperCase()} to the supervisor` };
    default:
      return { kind: "command", text: commandOf(fact) };
  }
}

function remember({ fact, effects, state }: FactRecord, memory: Memory): void {
  memory.definition = fact.definition ?? memory.definition;
  for (const effect of effects) {
    if (effect.type === "writeStatus") memory.isWantedUp = effect.status.wantedUp;
    if (effect.type === "kill" && state.startsWith("up")) {
      memory.sent.add(effect.signal);
      if (STOPPING.has(effect.signal) || fact.type === "control.restart") memory.askedAt = fact.at;
    }
    if (effect.type === "spawnRun" && fact.type.startsWith("control.")) memory.cause = commandOf(fact);
    if (effect.type === "spawnRun" && fact.type === "deadline.reached") memory.cause ||= "automatic restart";
  }
  switch (fact.type) {
    case "supervisor.started":
      memory.cause = "the supervisor started";
      break;
    case "run.spawned":
      Object.assign(memory, { startedAt: fact.at, pid: fact.pid, sent: new Set(), askedAt: undefined, cause: "" });
      break;
    case "run.forked":
      memory.pid = fact.pid;
      break;
    case "run.died":
      Object.assign(memory, { diedAt: fact.at, cause: `restart after it ${endingOf(fact.waitStatus)}` });
      break;
    case "child.lost":
      Object.assign(memory, { diedAt: fact.at, cause: "restart after a death that nobody saw" });
      break;
    case "run.failed":
      memory.cause = "another try";
      break;
    case "finish.spawned":
      Object.assign(memory, { finishAt: fact.at, pid: fact.pid });
      break;
    default:
  }
}

const STOPPING: ReadonlySet<number> = new Set((["TERM", "INT", "QUIT", "ABRT", "KILL"] as const).map(signalNumber));
/** Who was asked to end and takes longer than that to exit does it for reasons of its own. */
const ASKED_SECONDS = 60;

/** It was not wanted up, was killed by a signal that it had been sent, or exited soon after it was asked to end. */
function isOrdered({ isWantedUp, sent, askedAt }: Memory, at: Tain, signal: number): boolean {
  if (!isWantedUp) return true;
  return signal === 0 ? askedAt !== undefined && tainSecondsBetween(askedAt, at) <= ASKED_SECONDS : sent.has(signal);
}

/** `s6-svc -d: down`. */
function commandOf(fact: Fact): string {
  for (const [letter, meaning] of Object.entries(CONTROLS)) {
    const isSame = fact.type === "control.signal"
      ? meaning.does === "signal" && meaning.signal === signalName(fact.signal)
      : fact.type === `control.${meaning.does as ControlOrder}`;
    if (isSame) return `s6-svc -${letter}: ${meaning.help}`;
  }
  return fact.type === "control.signal" ? `signal ${fact.signal}` : fact.type;
}

const TIES: Readonly<Record<Tie, string>> = { group: "of its process group", session: "of its session", child: "child of one of these" };

/** `left 2 processes behind, they are killed: 12 sleep (of its process group), …`. */
function censusInWords({ kill, count, left }: Census, type: Fact["type"]): string {
  if (count === 0) return type === "census.taken" ? "nothing is left of it any more" : "left no process behind";
  const names = left.map(({ pid, comm, tie }) => `${pid} ${comm} (${TIES[tie]})`).join(", ");
  const more = count > left.length ? ` and ${count - left.length} more` : "";
  const what = `${count} ${count === 1 ? "process" : "processes"}`;
  if (type === "deadline.reached") return `${what} can't be killed: ${names}${more}`;
  return `${type === "census.taken" ? `${what} still there` : `left ${what} behind`}${kill ? ", killed" : ""}: ${names}${more}`;
}

const since = (from: Tain | undefined, to: Tain): number | null => (from === undefined ? null : tainSecondsBetween(from, to));

function endingOf(status: WaitStatus): string {
  const signal = termSignal(status);
  if (signal === 0) return `exited ${exitCode(status)}`;
  return `was killed by SIG${signalName(signal)}${(status & 0x80) !== 0 ? " (core dumped)" : ""}`;
}

function partsOf(status: WaitStatus): { exitCode: number | null; signal: string | null } {
  const signal = termSignal(status);
  return signal === 0 ? { exitCode: exitCode(status), signal: null } : { exitCode: null, signal: `SIG${signalName(signal)}` };
}
