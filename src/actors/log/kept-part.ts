/** What is noted of a logger, in numbers: another process may have to go on with it. */
export type Saved = Float64Array;

export interface KeptPart {
  /** Writes its numbers from `at` on; answers where the next ones go. */
  save(into: Saved, at: number): number;
  restore(saved: Saved, at: number): number;
}
