import { Draft, type Step } from "./draft.ts";
import { noteSlowest, takeEnd, takeExitWith } from "./exit-with.ts";
import type { ScannerFact } from "./facts.ts";
import { takeByte, takeDefault, takeSignal } from "./orders.ts";
import { applyScan } from "./scan-pass.ts";
import { settle } from "./settle.ts";
import { RETRY_MS, type ScannerState } from "./state.ts";

/** The whole policy of s6-svscan: one fact in, the next state and the effects out. */
export function step(state: ScannerState, fact: ScannerFact): Step {
  const draft = new Draft(state);
  if (take(draft, state, fact) === "act") settle(draft, fact.ms);
  return draft.done();
}

/** collect: an order that waits for the end of its round. */
function take(draft: Draft, state: ScannerState, fact: ScannerFact): "act" | "collect" {
  switch (fact.type) {
    case "control.byte":
      takeByte(draft, fact.byte);
      return "collect";
    case "signal.received":
      takeSignal(draft, fact.signal);
      return "collect";
    case "signalFile.absent":
      takeDefault(draft, fact.signal);
      return "collect";
    case "signalFile.started":
      return "collect";
    case "scanner.started":
      draft.set({ scanWanted: true });
      return "act";
    case "round.over":
    case "deadline.reached":
      return "act";
    case "scan.finished":
      if (state.scanning === "no") return "act"; // the end came first
      draft.set({ scanning: "no", scanFailed: false });
      if (state.config.scanPeriodMs !== null) draft.scanBy(fact.ms + state.config.scanPeriodMs);
      applyScan(draft, state.config, fact, state.scanning === "loud");
      takeExitWith(draft, fact.exitWith ?? null);
      return "act";
    case "scan.failed":
      if (state.scanning === "no") return "act";
      draft.set({ scanning: "no", scanFailed: true });
      draft.warn(`unable to scan the directory, retrying in ${RETRY_MS.scan / 1000} seconds: ${fact.reason}`);
      draft.scanBy(fact.ms + RETRY_MS.scan);
      return "act";
    case "pipes.opened":
      takePipes(draft, fact);
      return "act";
    case "supervisor.exited":
    case "supervisor.failed":
      takeExit(draft, fact.slot, fact.ms);
      return "act";
    case "service.ended":
      takeEnd(draft, fact);
      return "act";
    case "supervisor.nulled":
      takeNulled(draft, fact.slot);
      return "act";
    case "upgrade.tested":
      takeVerdict(draft, fact);
      return "act";
    case "upgrade.failed":
      refuseUpgrade(draft, fact.reason);
      return "act";
  }
}

function takeVerdict(draft: Draft, { objection, difference }: { readonly objection: string | null; readonly difference: string | null }): void {
  const isStrict = draft.get("upgrading") === "strict";
  if (draft.get("ending") !== null) draft.set({ upgrading: null });
  else if (objection !== null) refuseUpgrade(draft, objection);
  else if (difference !== null && isStrict) refuseUpgrade(draft, difference);
  else {
    if (difference !== null) draft.warn(`upgrading all the same: ${difference}`);
    draft.emit({ type: "reexec" });
  }
}

function refuseUpgrade(draft: Draft, reason: string): void {
  draft.set({ upgrading: null });
  draft.warn(`not upgrading, the old program goes on: ${reason}`);
}

function takePipes(draft: Draft, fact: Extract<ScannerFact, { type: "pipes.opened" }>): void {
  for (const id of fact.opened) {
    draft.changePipe(id, { write: true, read: true });
    draft.closeIdleEnds(id);
  }
  if (fact.failed.length === 0) return;
  draft.warn(`unable to make a pipe to a logger, retrying in ${RETRY_MS.pipe / 1000} seconds: ${fact.reason}`);
  draft.scanBy(fact.ms + RETRY_MS.pipe);
  // Rather no service than one that its logger does not hear; the next scan finds both halves again.
  for (const id of fact.failed) draft.changePipe(id, "drop");
  const failed = new Set<number | null>(fact.failed);
  for (const service of draft.services) {
    if (service === undefined || !failed.has(service.pipe)) continue;
    if (service.alive) draft.changeService(service.slot, { pipe: null });
    else draft.forget({ ...service, wanted: false }, fact.ms);
  }
}

function takeExit(draft: Draft, slot: number, ms: number): void {
  const service = draft.service(slot);
  if (service === undefined || !service.alive) return;
  noteSlowest(draft, service.name, ms);
  draft.changeService(slot, { alive: false, nulled: false, held: null });
  if (!service.active || draft.get("ending") !== null) draft.forget(service, ms);
  draft.closeIdleEnds(service.held);
  draft.closeIdleEnds(service.pipe);
}

function takeNulled(draft: Draft, slot: number): void {
  const service = draft.service(slot);
  if (service === undefined || !service.alive) return;
  draft.changeService(slot, { nulled: true });
  draft.closeIdleEnds(service.held);
}
