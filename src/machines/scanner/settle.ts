import type { Draft } from "./draft.ts";
import type { TreeExit } from "./effects.ts";
import { type Ending, isSpecial, isWhole, kindOf, RESTART_MS, type ScannerState, type Service, watchOf } from "./state.ts";

/** Does what is due: a pending scan first, then the prune that waits for it, starts, reaping; or the end. */
export function settle(draft: Draft, ms: number): void {
  const ending = draft.get("ending");
  if (ending !== null) {
    settleEnding(draft, ending, ms);
  } else if (draft.get("scanning") === "no") {
    if (draft.get("scanWanted") || ms >= draft.get("nextScanMs")) {
      const scanning = draft.get("scanWanted") ? "loud" : "quiet";
      draft.set({ scanning, scanWanted: false, nextScanMs: Number.POSITIVE_INFINITY });
      draft.emit({ type: "scan" });
    } else {
      if (!draft.get("scanFailed")) prune(draft);
      startDue(draft, ms);
    }
  }
  if (draft.get("reapWanted")) {
    draft.set({ reapWanted: false });
    draft.emit({ type: "reap" });
  }
  setDeadline(draft);
}

function prune(draft: Draft): void {
  const kill = draft.get("prune");
  if (kill === "none") return;
  draft.set({ prune: "none" });
  signalAll(draft, kill, (service) => !service.active);
}

/** Loggers, and the logger of everything, end by themselves at end-of-file unless all is said. */
function signalAll(draft: Draft, kill: "gentle" | "all", isMeant: (service: Service) => boolean): void {
  for (const service of draft.services) {
    if (service === undefined || !service.alive || !isMeant(service)) continue;
    const signal = kill === "gentle" && isLogger(service) ? "hup" : "term";
    draft.emit({ type: "signalSupervisor", slot: service.slot, signal });
  }
}

const isLogger = (service: Service): boolean => service.role === "logger" || isSpecial(service);

function startDue(draft: Draft, ms: number): void {
  for (const service of draft.services) {
    if (service === undefined || !isStartable(draft, service) || ms < service.dueMs) continue;
    const { slot, name, pipe } = service;
    const watch = watchOf(service, draft.get("exitWith"));
    draft.changeService(slot, { alive: true, nulled: false, held: pipe, dueMs: ms + RESTART_MS });
    draft.emit({ type: "startSupervisor", slot, name, kind: kindOf(service), pipe, ...(watch === "no" ? {} : { watch }) });
  }
}

const isStartable = (draft: Draft, { active, alive, pipe }: Service): boolean =>
  active && !alive && (pipe === null || isWhole(draft, pipe));

function settleEnding(draft: Draft, begun: Ending, ms: number): void {
  let ending = begun;
  if (ending.killed === null) {
    ending = { ...ending, catchAll: draft.services.some((service) => service !== undefined && isSpecial(service)) };
    draft.set({ ending, scanWanted: false, scanning: "no", nextScanMs: Number.POSITIVE_INFINITY, prune: "none", crowded: false });
    for (const service of draft.services) if (service !== undefined && !service.alive) draft.forget({ ...service, wanted: false }, ms);
  }
  if (ending.killed !== ending.kill) {
    const isFirst = ending.killed === null || ending.killed === "none";
    if (ending.kill !== "none") signalAll(draft, ending.kill, (service) => isFirst || isLogger(service));
    ending = { ...ending, killed: ending.kill };
    draft.closeAllIdleEnds();
  }
  const isSomebodyLeft = draft.services.some((service) => service !== undefined);
  if (!ending.released && (!ending.wait || !draft.services.some((service) => service !== undefined && !isSpecial(service)))) {
    ending = { ...ending, released: true };
    draft.emit({ type: "releaseStdio", catchAll: ending.catchAll });
  }
  if (!ending.finished && (!ending.wait || !isSomebodyLeft)) {
    ending = { ...ending, finished: true };
    draft.emit({ type: "finish", ...exitOf(ending) });
  }
  draft.set({ ending });
}

function exitOf({ exit }: Ending): { readonly exit?: TreeExit } {
  if (exit === null) return {};
  const { service, code, slowest } = exit;
  return { exit: { service, code, slowest } };
}

function setDeadline(draft: Draft): void {
  const atMs = nextDeadline(draft);
  if (atMs === draft.get("deadlineMs")) return;
  draft.set({ deadlineMs: atMs });
  draft.emit({ type: "setDeadline", atMs });
}

function nextDeadline(draft: Draft): ScannerState["deadlineMs"] {
  if (draft.get("ending") !== null) return null;
  let atMs = draft.get("nextScanMs");
  for (const service of draft.services) {
    if (service !== undefined && isStartable(draft, service)) atMs = Math.min(atMs, service.dueMs);
  }
  return Number.isFinite(atMs) ? atMs : null;
}
