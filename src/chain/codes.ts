import { UsageError } from "../cli/failures.ts";

/** Exit codes that a loop looks at. */
export interface CodeRule {
  readonly codes: readonly number[];
  /** It goes on with one of them, or ends with one. */
  readonly type: "goes on" | "ends";
}

/** Numbers, separated by any of , : ; and blanks; what comes behind something else does not count. @throws UsageError */
export function parseCodes(text: string): number[] {
  const list = /^[0-9]+([,:; \t\r\n]+[0-9]+)*/.exec(text)?.[0];
  if (list === undefined) throw new UsageError();
  return list.split(/[,:; \t\r\n]+/).map(Number);
}

export const endsLoop = ({ codes, type }: CodeRule, code: number): boolean => codes.includes(code) === (type === "ends");
