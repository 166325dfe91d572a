/**
 * A second line that says why, and what to do. `topic` is what it is about: of each topic only the last cause is
 * remembered, and a hint with the same one is not repeated.
 */
export interface Hint {
  readonly topic: string;
  readonly cause: string;
  readonly text: string;
}

export const hintOf = (topic: string, text: string, cause = text): Hint => ({ topic, cause, text });
