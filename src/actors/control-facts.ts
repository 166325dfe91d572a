import { CONTROLS, isControlLetter } from "../formats/control.ts";
import type { Sender } from "../formats/sender.ts";
import { SignedReader } from "../formats/sender.ts";
import { signalNumber } from "../formats/signals.ts";
import type { FactType } from "../machines/supervise/facts.ts";

interface ControlFact {
  readonly type: FactType;
  readonly details: { readonly signal?: number; readonly by?: Sender };
}

/** What is written to supervise/control means to the machine; s6-supervise ignores what it does not know. */
export class ControlReader {
  readonly #signed = new SignedReader();

  *facts(bytes: Uint8Array): Generator<ControlFact> {
    for (const { byte, sender } of this.#signed.read(bytes)) {
      const letter = String.fromCharCode(byte);
      if (!isControlLetter(letter)) continue;
      const by = sender === undefined ? {} : { by: sender };
      const meaning = CONTROLS[letter];
      if (meaning.does === "signal") yield { type: "control.signal", details: { signal: signalNumber(meaning.signal), ...by } };
      else yield { type: `control.${meaning.does}`, details: by };
    }
  }
}
