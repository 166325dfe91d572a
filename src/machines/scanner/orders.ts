import { REEXEC_LETTER, type ScanLetter, STRICT_REEXEC_LETTER } from "../../formats/control.ts";
import type { Draft } from "./draft.ts";
import type { DivertedSignal, ScannerSignal } from "./facts.ts";
import type { Ending, ScannerState } from "./state.ts";

/** Orders only leave a mark here; settle.ts acts on it when the round is over. */
const LETTERS: { readonly [Letter in ScanLetter]: (draft: Draft) => void } = {
  z: (draft) => draft.set({ reapWanted: true }),
  a: (draft) => wantScan(draft),
  b: (draft) => wantEnd(draft, "none", false),
  h: (draft) => {
    wantScan(draft);
    wantPrune(draft, "gentle");
  },
  n: (draft) => wantPrune(draft, "gentle"),
  N: (draft) => wantPrune(draft, "all"),
  t: (draft) => wantEnd(draft, "gentle", true),
  i: (draft) => wantEnd(draft, "gentle", true),
  q: (draft) => wantEnd(draft, "all", true),
};

const DEFAULT_ACTIONS: { readonly [Signal in DivertedSignal]: ScanLetter | null } = {
  HUP: "h",
  INT: "i",
  TERM: "t",
  QUIT: "q",
  USR1: null,
  USR2: null,
  PWR: null,
  WINCH: null,
};

export function takeByte(draft: Draft, byte: number): void {
  const letter = String.fromCharCode(byte);
  if (letter === REEXEC_LETTER) wantUpgrade(draft, "lenient");
  else if (letter === STRICT_REEXEC_LETTER) wantUpgrade(draft, "strict");
  else if (isScanLetter(letter)) LETTERS[letter](draft);
  else draft.warn(`unknown control byte: ${byte > 0x20 && byte < 0x7f ? letter : `0x${byte.toString(16).padStart(2, "0")}`}`);
}

const isScanLetter = (letter: string): letter is ScanLetter => Object.hasOwn(LETTERS, letter);

export function takeSignal(draft: Draft, signal: ScannerSignal): void {
  switch (signal) {
    case "CHLD":
      return LETTERS.z(draft);
    case "ALRM":
      return LETTERS.a(draft);
    case "ABRT":
      return LETTERS.b(draft);
    default:
      // On the way out nothing new is started, not even a handler.
      if (draft.get("ending") !== null) return takeDefault(draft, signal);
      draft.emit({ type: "runSignalFile", signal });
  }
}

/** What a signal does when no file in .s6-svscan/ takes it. */
export function takeDefault(draft: Draft, signal: DivertedSignal): void {
  const letter = DEFAULT_ACTIONS[signal];
  if (letter !== null) LETTERS[letter](draft);
}

function wantScan(draft: Draft): void {
  draft.set({ scanWanted: true });
}

/** One at a time, and not on the way out. */
function wantUpgrade(draft: Draft, how: "lenient" | "strict"): void {
  if (draft.get("upgrading") !== null || draft.get("ending") !== null) return;
  draft.set({ upgrading: how });
  draft.emit({ type: "testUpgrade" });
}

function wantPrune(draft: Draft, prune: ScannerState["prune"]): void {
  draft.set({ prune: stronger(draft.get("prune"), prune) });
}

export function wantEnd(draft: Draft, kill: Ending["kill"], wait: boolean): void {
  const ending = draft.get("ending") ?? { kill, wait, killed: null, catchAll: false, released: false, finished: false, exit: null };
  draft.set({ ending: { ...ending, kill: stronger(ending.kill, kill), wait: ending.wait && wait } });
}

const STRENGTH = { none: 0, gentle: 1, all: 2 } as const;
const stronger = <Kill extends keyof typeof STRENGTH>(one: Kill, other: Kill): Kill =>
  STRENGTH[other] > STRENGTH[one] ? other : one;
