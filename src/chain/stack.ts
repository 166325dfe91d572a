import { isElgetopt, isOwn, isPositional, pop, push, type Variables } from "../execline/environment-stack.ts";
import type { Operation } from "./operation.ts";

type Change = Extract<Operation, { type: "stack" }>;

const OWNERS = { positional: isPositional, elgetopt: isElgetopt, own: isOwn } as const satisfies Record<Change["which"], unknown>;
const ACTIONS = { push, pop, drop } as const satisfies Record<Change["action"], unknown>;

/** Variables that execline keeps on stacks. */
export const changeStack = (variables: Variables, { action, which }: Change): void => ACTIONS[action](variables, OWNERS[which]);

function drop(variables: Variables, owns: (name: string) => boolean): void {
  for (const name of [...variables.names()].filter(owns)) variables.set(name, undefined);
}
