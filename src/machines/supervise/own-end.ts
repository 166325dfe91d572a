import type { Fact } from "./facts.ts";
import type { SuperviseState } from "./step.ts";

/**
 * What a step has to do with the end of run, for whoever ends with it. own: it ended by itself, told: its supervisor had
 * been told to stop it; none: nothing, or it lives again.
 */
export function endIn(before: SuperviseState, fact: Fact): "own" | "told" | "alive" | "none" {
  if (fact.type === "run.spawned") return "alive";
  const isDeath = before.state.startsWith("up") && (fact.type === "run.died" || fact.type === "child.lost");
  if (!isDeath) return "none";
  return before.context.stopping ? "told" : "own";
}

/** Nothing runs, and nothing will before a command. */
export const isDownForGood = ({ state, context }: SuperviseState): boolean => state === "down" && !context.wantedUp;
