import type { Fact } from "../machines/supervise/facts.ts";
import { endIn, isDownForGood } from "../machines/supervise/own-end.ts";
import type { SuperviseState } from "../machines/supervise/step.ts";
import type { ActorPorts } from "./actor-ports.ts";

const EVERY = 2;
const OWN = 1;
const UNSEEN = 2;

/** Tells main of the ends of a service with which the tree is to end (exit-with). What it remembers is in the ledger. */
export class EndWatch {
  readonly #ports: Pick<ActorPorts, "ledger" | "ended">;

  constructor(ports: Pick<ActorPorts, "ledger" | "ended">) {
    this.#ports = ports;
  }

  /** Before the effects of a step, finish among them. Costs one look into shared memory where nobody watches. */
  note(before: SuperviseState, fact: Fact): void {
    const { ledger } = this.#ports;
    const watched = ledger.get("watched");
    if (watched === 0) return;
    const end = endIn(before, fact);
    if (end === "alive" || end === "told") ledger.set("ownEnd", 0);
    if (end === "own") ledger.set("ownEnd", fact.type === "child.lost" ? UNSEEN : OWN);
    if (watched === EVERY && (end === "own" || end === "told")) this.#ports.ended(fact.type === "run.died" ? fact.waitStatus : null, false);
  }

  /** After a step, and by whoever goes on for a thread or a process that died: it may be told twice. */
  check(state: SuperviseState): void {
    const { ledger } = this.#ports;
    const ownEnd = ledger.get("watched") === 0 ? 0 : ledger.get("ownEnd");
    if (ownEnd !== 0 && isDownForGood(state)) this.#ports.ended(ownEnd === UNSEEN ? null : state.context.waitStatus, true);
  }
}
