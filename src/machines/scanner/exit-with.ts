import { exitCode, termSignal, type WaitStatus } from "../../formats/wait-status.ts";
import type { Draft } from "./draft.ts";
import type { TreeExit } from "./effects.ts";
import type { ExitWith, ScannerFact } from "./facts.ts";
import { wantEnd } from "./orders.ts";
import { watchOf } from "./state.ts";

/** Of a service of which nobody saw how it ended. */
const UNSEEN = 255;
const BY_SIGNAL = 128;

/** What a shell would say, and docker. */
function codeOf(status: WaitStatus | null): number {
  if (status === null) return UNSEEN;
  const signal = termSignal(status);
  return signal === 0 ? exitCode(status) : BY_SIGNAL + signal;
}

/** After a scan, when all have their names: those that live are watched otherwise, where the file says something else. */
export function takeExitWith(draft: Draft, exitWith: ExitWith | null): void {
  const before = draft.get("exitWith");
  draft.set({ exitWith });
  for (const service of draft.services) {
    if (service === undefined || !service.alive) continue;
    const watch = watchOf(service, exitWith);
    if (watch !== watchOf(service, before)) draft.emit({ type: "watchEnds", slot: service.slot, watch });
  }
}

/** The tree ends as if it were told so, and says what the service said. */
export function takeEnd(draft: Draft, fact: Extract<ScannerFact, { type: "service.ended" }>): void {
  const service = draft.service(fact.slot);
  const watch = service === undefined ? "no" : watchOf(service, draft.get("exitWith"));
  if (service === undefined || draft.get("ending") !== null || watch === "no" || (watch === "last" && !fact.forGood)) return;
  wantEnd(draft, "gentle", true);
  const ending = draft.get("ending");
  if (ending === null) return;
  draft.set({ ending: { ...ending, exit: { service: service.name, code: codeOf(fact.waitStatus), slowest: null, sinceMs: fact.ms } } });
}

/** `ends with 3, as app did; db took longest to stop: 120 ms`. */
export function treeExitInWords({ service, code, slowest }: TreeExit): string {
  const longest = slowest === null ? "" : `; ${slowest.name} took longest to stop: ${Math.round(slowest.ms)} ms`;
  return `ends with ${code}, as ${service} did${longest}`;
}

/** One supervisor is gone: so far it was the slowest. */
export function noteSlowest(draft: Draft, name: string, ms: number): void {
  const ending = draft.get("ending");
  if (ending === null || ending.exit === null) return;
  draft.set({ ending: { ...ending, exit: { ...ending.exit, slowest: { name, ms: ms - ending.exit.sinceMs } } } });
}
