/**
 * The number that a text begins with, as C's programs read it: digits for as long as the number fits into 32 bits, so
 * that 4294967296 is 429496729. undefined: it begins with no digit.
 */
export function parseUintPrefix(text: string, base: 8 | 10): number | undefined {
  const [digits] = (base === 8 ? /^[0-7]+/ : /^[0-9]+/).exec(text) ?? [];
  if (digits === undefined) return undefined;
  let value = 0;
  for (const digit of digits) {
    const next = value * base + Number(digit);
    if (next >= 2 ** 32) break;
    value = next;
  }
  return value;
}
