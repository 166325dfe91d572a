import { type ControlLetter, CONTROLS } from "../../formats/control.ts";
import { signalNumber } from "../../formats/signals.ts";
import type { FactType } from "./facts.ts";

/** What a letter of supervise/control means: the type of the fact, and the signal that the letter itself names. */
export function controlFact(letter: ControlLetter): { readonly type: FactType; readonly signal?: number } {
  const meaning = CONTROLS[letter];
  if (meaning.does !== "signal") return { type: `control.${meaning.does}` };
  return { type: "control.signal", signal: signalNumber(meaning.signal) };
}
