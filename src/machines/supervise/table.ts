import type { Context } from "./context.ts";
import type { Effect } from "./effects.ts";
import type { Fact, FactType } from "./facts.ts";
import { machine } from "./machine.ts";
import { type Guard, guards, type Move, moveOf } from "./setup.ts";

/**
 * The machine's definition as a table. xstate's documented transition() takes 30 to 58 µs a fact and its parts below
 * that 5 to 9 when optimized, five times that when not: more than everything else that a death or a start costs. The
 * definition uses a small part of what xstate offers (guards, targets, actions; no entry, exit, after, invoke, history,
 * parallel states), and that part is a list of moves per state and fact. Property tests and all recorded histories
 * hold this against xstate's own transition().
 */

/** As text, for journals and people: the path of the state. */
export const STATE_NAMES = [
  "fresh", "down", "starting", "up.unready", "up.ready", "ending", "finish", "clearing", "clearingFailed", "gone",
] as const;
export type StateName = (typeof STATE_NAMES)[number];

interface Rule {
  readonly guard: Guard | undefined;
  /** undefined = stay. */
  readonly target: StateName | undefined;
  readonly moves: readonly Move[];
}

interface TransitionConfig {
  readonly guard?: unknown;
  readonly target?: unknown;
  readonly actions?: unknown;
}

interface NodeConfig {
  readonly initial?: unknown;
  readonly on?: Readonly<Record<string, unknown>>;
  readonly states?: Readonly<Record<string, NodeConfig>>;
}

const table = compile((machine.config as NodeConfig).states ?? {});

/** The first rule of that state for that fact whose guard holds. */
export function decide(
  from: StateName,
  context: Context,
  fact: Fact,
): { readonly state: StateName; readonly context: Context; readonly effects: readonly Effect[] } {
  const rule = table.get(from)?.get(fact.type)?.find(({ guard }) => guard === undefined || guard({ context, event: fact }));
  const effects: Effect[] = [];
  let current = context;
  for (const move of rule?.moves ?? []) {
    if (move.type === "change") current = { ...current, ...move.next(current, fact) };
    else {
      const effect = move.make(current, fact);
      if (effect !== undefined) effects.push(effect);
    }
  }
  return { state: rule?.target ?? from, context: current, effects };
}

function compile(states: Readonly<Record<string, NodeConfig>>): Map<StateName, Map<FactType, Rule[]>> {
  const found = new Map<StateName, Map<FactType, Rule[]>>();
  /** A target is a sibling; one with children stands for the first of them. */
  const resolve = (target: string, siblings: Readonly<Record<string, NodeConfig>>, path: string): StateName => {
    const initial = siblings[target]?.initial;
    return known(typeof initial === "string" ? `${path}${target}.${initial}` : `${path}${target}`);
  };
  const rulesOf = (node: NodeConfig, siblings: Readonly<Record<string, NodeConfig>>, path: string): [FactType, Rule[]][] =>
    Object.entries(node.on ?? {}).map(([type, transitions]) => [
      type as FactType,
      listOf(transitions).map((transition) => {
        const { guard, target, actions } = transition as TransitionConfig;
        return {
          guard: guard === undefined ? undefined : guards[guard as keyof typeof guards],
          target: typeof target === "string" ? resolve(target, siblings, path) : undefined,
          moves: listOf(actions).map(moveOf),
        };
      }),
    ]);
  for (const [name, node] of Object.entries(states)) {
    const own = rulesOf(node, states, "");
    if (node.states === undefined) found.set(known(name), new Map(own));
    for (const [child, inner] of Object.entries(node.states ?? {})) {
      const rules = new Map(rulesOf(inner, node.states ?? {}, `${name}.`));
      for (const [type, outer] of own) rules.set(type, [...(rules.get(type) ?? []), ...outer]); // what a child leaves is its parent's
      found.set(known(`${name}.${child}`), rules);
    }
  }
  return found;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function known(name: string): StateName {
  const found = STATE_NAMES.find((state) => state === name);
  if (found === undefined) throw new TypeError(`no state ${name}`);
  return found;
}
