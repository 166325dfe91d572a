import { CONTROLS, type ControlLetter } from "../../../src/formats/control.ts";
import { signalNumber } from "../../../src/formats/signals.ts";
import { tainFromUnix } from "../../../src/formats/tain.ts";
import { type Census, censusOf } from "../../../src/machines/supervise/census.ts";
import type { Effect } from "../../../src/machines/supervise/effects.ts";
import type { Fact } from "../../../src/machines/supervise/facts.ts";
import { start, stateName, step, type SuperviseState } from "../../../src/machines/supervise/step.ts";

/**
 * Every state that the machine can ever be in, and every step from it. Time is abstracted: it is always the same moment,
 * so a deadline is "armed for so long" and may go off at any time; processes are always the same two; so there are
 * finitely many states, and the exploration is complete, to any depth.
 */
const AT = { at: tainFromUnix(1_700_000_000, 0), ms: 0 };
const RUN = 1;
const FINISH = 2;
export const LEFT = 3;
type Bare = Fact extends infer F ? (F extends Fact ? Omit<F, "at" | "ms"> : never) : never;

export interface Edge {
  readonly before: SuperviseState;
  readonly fact: Fact;
  readonly after: SuperviseState;
  readonly effects: readonly Effect[];
  /** Letters that were sent on some way to `before`, as far as they matter: see Heard. */
  readonly heard: Heard;
}

/** What a listener knows: nothing runs, run lives, run is dead and finish may run, the supervisor has left. */
export type Heard = "down" | "up" | "dead" | "gone";

/** undefined: the letter contradicts what was heard before. */
export function hear(heard: Heard, letter: string): Heard | undefined {
  switch (letter) {
    case "s": return heard === "down" ? "down" : undefined;
    case "u": return heard === "down" ? "up" : undefined;
    case "U": return heard === "up" ? "up" : undefined;
    case "d": return heard === "up" ? "dead" : undefined;
    case "O": return heard === "dead" ? "dead" : undefined;
    case "D": return heard === "dead" ? "down" : undefined;
    case "x": return heard === "gone" ? undefined : "gone";
    default: return undefined;
  }
}

export const lettersOf = (effects: readonly Effect[]): string =>
  effects.flatMap((effect) => (effect.type === "notify" ? [effect.letters] : [])).join("");

/** Calls `look` for every step that there is. Answers how many states and steps there are. */
export function explore(look: (edge: Edge) => void): { readonly states: number; readonly steps: number } {
  const seen = new Set<string>();
  const queue: { readonly state: SuperviseState; readonly heard: Heard }[] = [];
  const visit = (state: SuperviseState, heard: Heard): void => {
    const key = `${heard} ${JSON.stringify(state)}`;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push({ state, heard });
  };
  for (const wantedUp of [true, false]) visit(start({ ...AT, wantedUp }), "down");
  let steps = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { state: before, heard } = next;
    for (const bare of possible(before)) {
      const fact = { ...bare, ...AT } as Fact;
      const { state: after, effects } = step(before, fact);
      look({ before, fact, after, effects, heard });
      steps++;
      const now = [...lettersOf(effects)].reduce<Heard | undefined>((told, letter) => told && hear(told, letter), heard);
      if (now === undefined) throw new Error(`${lettersOf(effects)} after ${heard}, at ${fact.type} in ${stateName(before)}`);
      visit(after, now);
    }
  }
  return { states: seen.size, steps };
}

/** Nobody is left, or somebody; they are only counted, or killed. */
const CENSUSES: readonly Census[] = [true, false].flatMap((kill) => [0, 1].map((count) => censusOf(kill, count === 0 ? [] : [{ pid: LEFT, comm: "left", tie: "group" }])));

function possible(state: SuperviseState): Bare[] {
  const name = stateName(state);
  const { deadlineMs, notifying, pidfile } = state.context;
  const due: Bare[] = deadlineMs === null ? [] : [{ type: "deadline.reached" }, { type: "deadline.reached", killGroup: true }];
  switch (name) {
    case "fresh":
      return [{ type: "supervisor.started" }];
    case "starting":
      return [
        ...[true, false].flatMap((notifies) => [true, false].map((isForking): Bare => ({ type: "run.spawned", pid: RUN, notifies, pidfile: isForking }))),
        { type: "run.failed", code: "ENOENT", retryMs: 60_000 }, { type: "run.failed", code: "EINVAL" },
      ];
    case "ending":
      return [{ type: "finish.absent" }, ...CENSUSES.map((census): Bare => ({ type: "finish.absent", census })), ...[0, 5000].map((timeoutMs): Bare => ({ type: "finish.spawned", pid: FINISH, timeoutMs }))];
    case "down":
      return [...commands(), ...due];
    case "up.unready":
    case "up.ready":
      return [
        ...commands(), ...due, { type: "child.lost" },
        ...[0, 1 << 8, 9].flatMap((waitStatus) => [0, 1].map((maxDeaths): Bare => ({ type: "run.died", waitStatus, maxDeaths }))),
        ...(notifying ? [{ type: "run.notified" } as Bare, { type: "notification.closed" } as Bare] : []),
        ...(pidfile ? [{ type: "run.forked", pid: RUN } as Bare] : []),
      ];
    case "finish":
      return [
        ...commands(), ...due, { type: "child.lost" },
        ...[0, 125 << 8, 9].map((waitStatus): Bare => ({ type: "finish.died", waitStatus })),
        ...CENSUSES.flatMap((census): Bare[] => [{ type: "child.lost", census }, ...[0, 125 << 8].map((waitStatus): Bare => ({ type: "finish.died", waitStatus, census }))]),
      ];
    case "clearing":
    case "clearingFailed":
      return [...commands(), ...CENSUSES.filter(({ kill }) => kill).flatMap((census): Bare[] => [{ type: "census.taken", census }, { type: "deadline.reached", census }])];
    case "gone":
      return [...commands(), { type: "deadline.reached" }];
  }
}

/** Every control byte and every signal, with what the files may say. */
function commands(): Bare[] {
  const stops = [0, 3000].map((killAfterMs) => ({ signal: signalNumber("TERM"), killAfterMs }));
  const bytes = (Object.keys(CONTROLS) as ControlLetter[]).flatMap((letter): Bare[] => {
    const meaning = CONTROLS[letter];
    if (meaning.does === "signal") return [{ type: "control.signal", signal: signalNumber(meaning.signal) }];
    if (meaning.does === "down" || meaning.does === "downDisable") return stops.map((stop): Bare => ({ type: `control.${meaning.does as "down"}`, stop }));
    if (meaning.does === "restart" || meaning.does === "reload") return [{ type: `control.${meaning.does as "restart"}`, signal: signalNumber("HUP") }];
    return [{ type: `control.${meaning.does as "up"}` }];
  });
  return [...bytes, ...stops.map((stop): Bare => ({ type: "signal.term", stop })), { type: "signal.hup" }, { type: "signal.quit" }, { type: "signal.int" }];
}
