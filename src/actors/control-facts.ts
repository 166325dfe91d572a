import { CONTROLS, isControlLetter } from "../formats/control.ts";
import { signalNumber } from "../formats/signals.ts";
import type { FactType } from "../machines/supervise/facts.ts";

/** What letters written to supervise/control mean to the machine, in their order; s6-supervise ignores what it does not know. */
export function* controlFacts(bytes: Uint8Array): Generator<{ readonly type: FactType; readonly details?: { readonly signal: number } }> {
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte);
    if (!isControlLetter(letter)) continue;
    const meaning = CONTROLS[letter];
    if (meaning.does === "signal") yield { type: "control.signal", details: { signal: signalNumber(meaning.signal) } };
    else yield { type: `control.${meaning.does}` };
  }
}
