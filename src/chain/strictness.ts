import { ExitError } from "../cli/failures.ts";
import type { Variables } from "../execline/environment-stack.ts";
import { strictnessOf } from "./environment.ts";

/** $EXECLINE_STRICT: 0, when it is missing or no number, says nothing of blocks whose words are not quoted; 1 warns; more forbids. */
export const strictnessIn = (variables: Pick<Variables, "get">): number => strictnessOf(variables.get("EXECLINE_STRICT"));

/** What is done about something that is not as it should be. */
export const complainer = (strictness: number, warn: (text: string) => void): ((text: string) => void) => (text) => {
  if (strictness > 1) throw new ExitError(100, text);
  if (strictness === 1) warn(text);
};
