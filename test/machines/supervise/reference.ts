import { initialTransition, transition } from "xstate";
import type { StartInput } from "../../../src/machines/supervise/context.ts";
import type { Effect } from "../../../src/machines/supervise/effects.ts";
import type { Fact } from "../../../src/machines/supervise/facts.ts";
import { machine } from "../../../src/machines/supervise/machine.ts";
import type { Step, SuperviseState } from "../../../src/machines/supervise/step.ts";

type Snapshot = ReturnType<typeof machine.resolveState>;

/** What xstate's own documented functions make of the machine: step() must decide the same. */
export function reference({ state, context }: SuperviseState, fact: Fact): Step {
  const [parent = "", child] = state.split(".");
  const value = child === undefined ? parent : { [parent]: child };
  const [next, actions] = transition(machine, machine.resolveState({ value, context } as Parameters<typeof machine.resolveState>[0]), fact);
  const effects = actions
    .map(({ params }) => (params as unknown as { readonly effect: Effect | undefined }).effect)
    .filter((effect) => effect !== undefined);
  return { state: stateOf(next), effects };
}

export const referenceStart = (input: StartInput): SuperviseState => stateOf(initialTransition(machine, input)[0]);

function stateOf({ value, context }: Snapshot): SuperviseState {
  const name = typeof value === "string" ? value : `up.${value.up}` as const;
  return { state: name, context };
}
