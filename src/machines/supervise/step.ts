import type { ServiceStatus } from "../../formats/status.ts";
import { type Context, firstContext, type StartInput, statusIn } from "./context.ts";
import type { Effect } from "./effects.ts";
import type { Fact, FactType } from "./facts.ts";
import { decide, STATE_NAMES, type StateName } from "./table.ts";

export { STATE_NAMES, type StateName } from "./table.ts";

/** Plain data: its JSON text stays below 480 characters. */
export interface SuperviseState {
  readonly state: StateName;
  readonly context: Context;
}

/** Files of the service directory that a fact must tell of. */
export type Wish = "stop" | "downSignal" | "reloadSignal" | "killGroup" | "maxDeaths" | "census";

/** Answers to an effect, and the state that waits for each: it takes nothing else, and nobody else takes these. */
const ANSWER_TO: { readonly [type in FactType]?: StateName } = {
  "supervisor.started": "fresh",
  "run.spawned": "starting",
  "run.failed": "starting",
  "finish.spawned": "ending",
  "finish.absent": "ending",
};
const WAITING: ReadonlySet<StateName> = new Set(Object.values(ANSWER_TO));

const WISHES: { readonly [type in FactType]?: readonly Wish[] } = {
  "control.down": ["stop"],
  "control.downDisable": ["stop"],
  "signal.term": ["stop"],
  "control.restart": ["downSignal"],
  "control.reload": ["reloadSignal"],
  "deadline.reached": ["killGroup"],
  "run.died": ["maxDeaths"],
};
const NO_WISH: readonly Wish[] = [];
/** The facts that end finish, or what comes after it: who is left matters then. finish.absent tells it by itself. */
const AFTER_FINISH: readonly FactType[] = ["census.taken", "deadline.reached"];
const ENDS: { readonly [state in StateName]?: readonly FactType[] } = {
  finish: ["finish.died", "child.lost"],
  clearing: AFTER_FINISH,
  clearingFailed: AFTER_FINISH,
};
const CENSUS: readonly Wish[] = ["census"];

export interface Step {
  readonly state: SuperviseState;
  /** To be performed in this order. */
  readonly effects: readonly Effect[];
}

/** The state before `supervisor.started`, which is the first fact of every supervisor. */
export const start = (input: StartInput): SuperviseState => ({ state: "fresh", context: firstContext(input) });

/**
 * The next state and the orders that go with it. Pure: nothing is executed, nothing is remembered.
 *
 * @throws TypeError for a fact that cannot be: an answer nobody waits for, anything else while one is awaited, a fact
 * without what `wants` asked for. The state is not touched then.
 */
export function step(state: SuperviseState, fact: Fact): Step {
  const name = stateName(state);
  if (name === "gone") return { state, effects: [] };
  const waiting = WAITING.has(name) ? name : undefined;
  if (ANSWER_TO[fact.type] !== waiting) throw new TypeError(`${fact.type} in state ${name}`);
  if (fact.type === "run.forked" && !state.context.pidfile) throw new TypeError(`run.forked in state ${name}`);
  const decision = decide(name, state.context, fact);
  return { state: { state: decision.state, context: decision.context }, effects: decision.effects };
}

/** Which files the shell must read before it hands over a fact of this type: s6 reads none at any other moment. */
export const wants = (state: SuperviseState, type: FactType): readonly Wish[] =>
  (isUp(state) ? WISHES[type] : ENDS[state.state]?.includes(type) === true ? CENSUS : undefined) ?? NO_WISH;

/** A state that was kept as text. @throws TypeError when it is none */
export function restore(saved: SuperviseState): SuperviseState {
  if (!STATE_NAMES.includes(saved.state)) throw new TypeError(`no state ${saved.state}`);
  return saved;
}

export const stateName = (state: SuperviseState): StateName => state.state;

/** What supervise/status says in this state. */
export const statusOf = (state: SuperviseState): ServiceStatus => statusIn(state.context);

/** Monotonic ms of the one timer, null = none: what a new shell must arm. */
export const deadlineOf = (state: SuperviseState): number | null => state.context.deadlineMs;

/** run is the parent of a forking daemon: its exit with code 0 is run.forked, not run.died. */
export const awaitsFork = (state: SuperviseState): boolean => isUp(state) && state.context.pidfile;

/** No process of the supervisor's own lives, though the status says so: what is left is being killed. */
export const isClearing = ({ state }: SuperviseState): boolean => state === "clearing" || state === "clearingFailed";

const isUp = ({ state }: SuperviseState): boolean => state === "up.unready" || state === "up.ready";

/** For people. "once": it runs, and will not be restarted. */
export type Phase = "down" | "starting" | "up" | "ready" | "once" | "ending" | "finish" | "gone";
export function phaseOf(state: SuperviseState): Phase {
  const name = stateName(state);
  switch (name) {
    case "fresh":
      return "down";
    case "clearing":
    case "clearingFailed":
      return "finish";
    case "up.unready":
      return state.context.wantedUp ? "up" : "once";
    case "up.ready":
      return state.context.wantedUp ? "ready" : "once";
    default:
      return name;
  }
}
