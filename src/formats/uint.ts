const UINT_MAX = 4294967295;

/** One or more decimal digits, whole text, at most 2^32-1; undefined for anything else. Leading zeros are fine. */
export function parseUint(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  return value <= UINT_MAX ? value : undefined;
}

/** A delay in milliseconds from a uint: 0, and what a signed 32-bit timer cannot hold, mean "no limit". */
export const msOrForever = (value: number): number | undefined =>
  value === 0 || value > 0x7fffffff ? undefined : value;

/** Numbers, each with any separators behind it; the empty text is the empty list. */
export function parseUints(text: string): number[] | undefined {
  if (text === "") return [];
  const values = text.replace(/[,:; \t\r\n]+$/, "").split(/[,:; \t\r\n]+/).map(parseUint);
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** The same in octal. */
export function parseOctal(text: string): number | undefined {
  if (!/^[0-7]+$/.test(text)) return undefined;
  const value = Number.parseInt(text, 8);
  return value <= UINT_MAX ? value : undefined;
}
