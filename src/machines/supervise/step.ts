import { createActor, type SnapshotFrom } from "xstate";
import type { ServiceStatus } from "../../formats/status.ts";
import { tainFromUnix } from "../../formats/tain.ts";
import { type Context, type StartInput, statusIn } from "./context.ts";
import type { Effect } from "./effects.ts";
import type { Fact, FactType } from "./facts.ts";
import { machine } from "./machine.ts";
import type { Order } from "./setup.ts";

export type SuperviseState = SnapshotFrom<typeof machine>;

/** As text, for journals and people: the path of the state. */
export const STATE_NAMES = [
  "fresh", "down", "starting", "up.unready", "up.ready", "ending", "finish", "gone",
] as const;
export type StateName = (typeof STATE_NAMES)[number];

/** A state as plain data. Its JSON text stays below 480 characters. */
export interface SavedState {
  readonly state: StateName;
  readonly context: Context;
}

/** Files of the service directory that a fact must tell of. */
export type Wish = "stop" | "downSignal" | "reloadSignal" | "killGroup" | "maxDeaths";

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

interface Runner {
  begin(input: StartInput): SuperviseState;
  advance(state: SuperviseState, fact: Fact): Step;
}
const runner = sharedScope();

export interface Step {
  readonly state: SuperviseState;
  /** To be performed in this order. */
  readonly effects: readonly Effect[];
}

/** The state before `supervisor.started`, which is the first fact of every supervisor. */
export const start = (input: StartInput): SuperviseState => runner.begin(input);

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
  return runner.advance(state, fact);
}

/** Which files the shell must read before it hands over a fact of this type: s6 reads none at any other moment. */
export const wants = (state: SuperviseState, type: FactType): readonly Wish[] =>
  (isUp(state) ? WISHES[type] : undefined) ?? NO_WISH;

export const snapshot = (state: SuperviseState): SavedState => ({ state: stateName(state), context: state.context });

/** @throws TypeError when it is not what `snapshot` made. */
export function restore(saved: SavedState): SuperviseState {
  if (!STATE_NAMES.includes(saved.state)) throw new TypeError(`no state ${saved.state}`);
  const [parent = "", child] = saved.state.split(".");
  return machine.resolveState({
    value: child === undefined ? parent : { [parent]: child },
    context: saved.context,
    status: saved.state === "gone" ? "done" : "active",
  });
}

export function stateName(state: SuperviseState): StateName {
  const { value } = state;
  return typeof value === "string" ? value : `up.${value.up}`;
}

/** What supervise/status says in this state. */
export const statusOf = (state: SuperviseState): ServiceStatus => statusIn(state.context);

/** Monotonic ms of the one timer, null = none: what a new shell must arm. */
export const deadlineOf = (state: SuperviseState): number | null => state.context.deadlineMs;

/** run is the parent of a forking daemon: its exit with code 0 is run.forked, not run.died. */
export const awaitsFork = (state: SuperviseState): boolean => isUp(state) && state.context.pidfile;

const isUp = (state: SuperviseState): boolean => typeof state.value === "object";

/** For people. "once": it runs, and will not be restarted. */
export type Phase = "down" | "starting" | "up" | "ready" | "once" | "ending" | "finish" | "gone";
export function phaseOf(state: SuperviseState): Phase {
  const name = stateName(state);
  switch (name) {
    case "fresh":
      return "down";
    case "up.unready":
      return state.context.wantedUp ? "up" : "once";
    case "up.ready":
      return state.context.wantedUp ? "ready" : "once";
    default:
      return name;
  }
}

/**
 * xstate's documented initialTransition() and transition() build an actor system at every call, 30 to 58 µs. One scope
 * for all calls makes that 5 to 9. It is an interface below the documented one: nothing outside this function may use
 * it, package.json pins xstate, and a test holds both ways against each other.
 */
function sharedScope(): Runner {
  const self = createActor(machine, { input: { at: tainFromUnix(0, 0), ms: 0, wantedUp: false } });
  let effects: Effect[] = [];
  const scope: Parameters<typeof machine.transition>[2] = {
    self,
    system: self.system,
    id: "",
    sessionId: "",
    defer: () => undefined,
    logger: () => undefined,
    stopChild: () => undefined,
    emit: () => undefined,
    actionExecutor: (action) => {
      const { effect } = action.params as unknown as Order; // "perform" is the only action
      if (effect !== undefined) effects.push(effect);
    },
  };
  return {
    begin: (input) => machine.getInitialSnapshot(scope, input),
    advance(state, fact) {
      effects = [];
      return { state: machine.transition(state, fact, scope), effects };
    },
  };
}
