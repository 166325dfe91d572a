import { setup } from "xstate";
import type { EventLetter } from "../../formats/fifodir.ts";
import { type SignalName, signalNumber } from "../../formats/signals.ts";
import { type Context, type StartInput, statusIn } from "./context.ts";
import type { Effect } from "./effects.ts";
import type { Fact } from "./facts.ts";
import { failedForGood } from "./failure.ts";

/** The params of the only action there is; undefined = nothing to do this time. */
export interface Order {
  readonly effect: Effect | undefined;
}

export type Guard = (scene: { readonly context: Context; readonly event: Fact }) => boolean;
const mustClear = ({ census }: Fact): boolean => census !== undefined && census.kill && census.left.length > 0;

export const guards = {
  isWantedUp: ({ context }) => context.wantedUp,
  isLast: ({ context }) => context.last,
  isStopping: ({ context }) => context.stopping,
  hasNotificationFd: ({ context }) => context.notifies,
  leavesOthers: ({ event }) => mustClear(event),
  failsAndLeavesOthers: ({ event }) => mustClear(event) && failedForGood(event),
} as const satisfies Record<string, Guard>;

export const supervise = setup({
  types: { context: {} as Context, events: {} as Fact, input: {} as StartInput },
  // An order to the shell: it is collected, never executed here.
  actions: { perform: (_scene, _params: Order) => undefined },
  guards,
});

type Make = (context: Context, fact: Fact) => Effect | undefined;
type Next = (context: Context, fact: Fact) => Partial<Context>;

/** What an action of the definition comes down to. */
export type Move = { readonly type: "change"; readonly next: Next } | { readonly type: "perform"; readonly make: Make };
const moves = new WeakMap<object, Move>();

/** @throws TypeError for an action that was not made here */
export function moveOf(action: unknown): Move {
  const move = moves.get(action as object);
  if (move === undefined) throw new TypeError("an action that is neither perform() nor change()");
  return move;
}

/** An effect made from the context, as the changes before it in the list left it, and the fact. */
export function perform(make: Make) {
  const action = {
    type: "perform" as const,
    params: ({ context, event }: { readonly context: Context; readonly event: Fact }): Order => ({
      effect: make(context, event),
    }),
  };
  moves.set(action, { type: "perform", make });
  return action;
}

/** A change of context, alone. */
export function change(next: Next) {
  const action = supervise.assign(({ context, event }) => next(context, event));
  moves.set(action, { type: "change", next });
  return action;
}

export const writeStatus = perform((context) => ({ type: "writeStatus", status: statusIn(context) }));
export const setDeadline = perform((context) => ({ type: "setDeadline", atMs: context.deadlineMs }));
export const notify = (letters: EventLetter | "dD" | "OD") => perform(() => ({ type: "notify", letters }));
export const setDownFile = (present: boolean) => perform(() => ({ type: "setDownFile", present }));
export const nullStdio = perform(() => ({ type: "nullStdio" }));
export const spawnRun = perform(() => ({ type: "spawnRun" }));
export const warn = (text: string) => perform(() => ({ type: "warn", text }));
export const exit = perform(() => ({ type: "exit" }));

const targetOf = (context: Context, target: "process" | "group"): { target: "process" | "group"; pid: number } => ({
  target,
  pid: target === "group" ? context.pgid : context.pid,
});

/** kill(2) of the recorded process, or of its group. `whom` and `signal` may depend on the fact. */
export const kill = (
  whom: "process" | "group" | ((fact: Fact) => "process" | "group"),
  signal: SignalName | ((fact: Fact) => number),
) =>
  perform((context, fact) => ({
    type: "kill",
    ...targetOf(context, typeof whom === "string" ? whom : whom(fact)),
    signal: typeof signal === "string" ? signalNumber(signal) : signal(fact),
  }));
