import fc from "fast-check";
import { CONTROL_LETTERS, CONTROLS, type ControlLetter } from "../../../src/formats/control.ts";
import { signalNumber } from "../../../src/formats/signals.ts";
import { censusOf, type LeftOver } from "../../../src/machines/supervise/census.ts";
import type { StartInput } from "../../../src/machines/supervise/context.ts";
import type { Effect } from "../../../src/machines/supervise/effects.ts";
import type { Fact, FactType } from "../../../src/machines/supervise/facts.ts";
import {
  awaitsFork, deadlineOf, start, stateName, step, type SuperviseState, wants, type Wish,
} from "../../../src/machines/supervise/step.ts";
import { factAt, type Happening, stampAt } from "./story.ts";

/** One fact of a life, with the states around it. */
export interface Lived {
  readonly before: SuperviseState;
  readonly fact: Fact;
  readonly after: SuperviseState;
  readonly effects: readonly Effect[];
}
export interface Life {
  readonly input: StartInput;
  readonly facts: readonly Lived[];
}

/** What the world does next; which part of it matters depends on the state. */
interface Turn {
  readonly event: "control" | "signal" | "child" | "deadline";
  readonly letter: ControlLetter;
  readonly signal: "term" | "hup" | "quit" | "int";
  readonly choice: number;
  readonly number: number;
  readonly waitMs: number;
}

const anyTurn: fc.Arbitrary<Turn> = fc.record({
  event: fc.oneof(
    { weight: 5, arbitrary: fc.constant("control" as const) }, { weight: 6, arbitrary: fc.constant("child" as const) },
    { weight: 3, arbitrary: fc.constant("deadline" as const) }, { weight: 1, arbitrary: fc.constant("signal" as const) },
  ),
  // u keeps lives from ending in a long wait
  letter: fc.oneof(fc.constantFrom(...CONTROL_LETTERS.filter((letter) => letter !== "x")), fc.constantFrom("u", "d", "x")),
  signal: fc.constantFrom("term", "hup", "quit", "int"),
  choice: fc.nat(9),
  number: fc.oneof(fc.constantFrom(0, 256, 125 << 8, 9, 15), fc.nat(0xffff)),
  waitMs: fc.nat(4000),
});

/** A supervisor's life as a correct shell would tell it, from its start on. */
export const anyLife: fc.Arbitrary<Life> = fc
  .tuple(fc.boolean(), fc.array(anyTurn, { maxLength: 80 }))
  .map(([wantedUp, turns]) => live(wantedUp, turns));

function live(wantedUp: boolean, turns: readonly Turn[]): Life {
  const input = { at: stampAt(0), ms: 0, wantedUp };
  const facts: Lived[] = [];
  let state = start(input);
  let nowMs = 0;
  const take = (happening: Happening): void => {
    const fact = factAt(nowMs, happening);
    const { state: after, effects } = step(state, fact);
    facts.push({ before: state, fact, after, effects });
    state = after;
  };
  take({ type: "supervisor.started" });
  for (const turn of turns) {
    nowMs += turn.waitMs;
    const due = deadlineOf(state);
    if (turn.event === "deadline" && due !== null) nowMs = Math.max(nowMs, due);
    const happening = happen(state, turn, facts.length);
    if (happening !== undefined) take(happening);
  }
  return { input, facts };
}

/** undefined when this can't happen in that state. */
function happen(state: SuperviseState, turn: Turn, index: number): Happening | undefined {
  const pid = 100 + index;
  switch (stateName(state)) {
    case "starting":
      if (turn.choice > 1) {
        return { type: "run.spawned", pid, notifies: turn.number % 2 === 0, pidfile: turn.choice > 7 };
      }
      return { type: "run.failed", code: "ENOENT", ...(turn.choice === 0 ? {} : { retryMs: 60_000 }) };
    case "ending":
      return turn.choice > 3 ? { type: "finish.spawned", pid, timeoutMs: 500 * turn.choice } : { type: "finish.absent", ...(turn.choice < 2 ? {} : { census: census(true, turn.number % 3) }) };
    default:
      return news(state, turn, pid);
  }
}

function news(state: SuperviseState, turn: Turn, pid: number): Happening | undefined {
  switch (turn.event) {
    case "control": {
      const meaning = CONTROLS[turn.letter];
      if (meaning.does === "signal") return { type: "control.signal", signal: signalNumber(meaning.signal) };
      return withFiles(state, `control.${meaning.does}`, turn);
    }
    case "signal":
      return withFiles(state, `signal.${turn.signal}`, turn);
    case "deadline":
      return deadlineOf(state) === null ? undefined : withFiles(state, "deadline.reached", turn);
    case "child":
      return ofChild(state, turn, pid);
  }
}

function ofChild(state: SuperviseState, turn: Turn, pid: number): Happening | undefined {
  switch (stateName(state)) {
    case "finish":
      return turn.choice === 0 ? withFiles(state, "child.lost", turn) : withFiles(state, "finish.died", turn, { waitStatus: turn.number });
    case "clearing":
    case "clearingFailed":
      return { type: "census.taken", census: census(true, turn.choice > 4 ? 0 : turn.choice) };
    case "up.unready":
    case "up.ready":
      if (turn.choice === 0) return { type: "child.lost" };
      if (turn.choice < 5) {
        if (!state.context.notifying) return undefined;
        return { type: turn.choice === 1 ? "notification.closed" : "run.notified" };
      }
      if (turn.number === 0 && awaitsFork(state)) return { type: "run.forked", pid };
      return withFiles(state, "run.died", turn, { waitStatus: turn.number });
    default:
      return undefined;
  }
}

const census = (kill: boolean, count: number) =>
  censusOf(kill, Array.from({ length: count }, (_, index): LeftOver => ({ pid: 200 + index, comm: "sleep", tie: "group" })));

/** The fact, with what the shell read for it. */
function withFiles(state: SuperviseState, type: FactType, turn: Turn, rest: object = {}): Happening {
  const answer = (wish: Wish): object => {
    switch (wish) {
      case "stop":
        return { stop: { signal: 15, killAfterMs: turn.choice * 300 } };
      case "downSignal":
      case "reloadSignal":
        return { signal: turn.choice + 1 };
      case "killGroup":
        return { killGroup: turn.choice > 4 };
      case "census":
        return turn.choice < 4 ? {} : { census: census(turn.choice % 2 === 0, turn.choice > 6 ? 0 : turn.choice) };
      case "maxDeaths":
        return { maxDeaths: turn.choice };
    }
  };
  return Object.assign({ type, ...rest }, ...wants(state, type).map(answer)) as Happening;
}
