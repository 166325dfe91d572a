import type { Plain } from "./journal-record.ts";

/** Raised when the shape of a record changes; a step for the old shape is added below at the same moment. */
export const RECORD_VERSION = 1;

type Fields = { readonly [key: string]: Plain | undefined };
export type Upcasts = { readonly [from: number]: (old: Fields) => Fields };

/** STEPS[n] makes a record of version n + 1 out of one of version n. */
const STEPS: Upcasts = {};

/** A record as the current version writes it. @throws RangeError for a version that nobody here knows. */
export function upcast(version: number, record: Fields, steps: Upcasts = STEPS, current = RECORD_VERSION): Fields {
  let raised = record;
  for (let at = version; at !== current; at++) {
    const step = steps[at];
    if (step === undefined) throw new RangeError(`a record of version ${version}, this program knows ${current}`);
    raised = step(raised);
  }
  return raised;
}
