import { isControlLetter } from "../formats/control.ts";
import { type Sender, SignedReader } from "../formats/sender.ts";
import { controlFact } from "../machines/supervise/control-fact.ts";
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
      const { type, ...details } = controlFact(letter);
      yield { type, details: sender === undefined ? details : { ...details, by: sender } };
    }
  }
}
