const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90s`, `2h`, `1d12h` in seconds; undefined for anything but numbers with units. */
export function parseDuration(text: string): number | undefined {
  if (!/^([0-9]+[smhdw])+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, count = "", unit = ""] of text.matchAll(/([0-9]+)([smhdw])/g)) seconds += Number(count) * (SECONDS[unit] ?? 0);
  return seconds;
}
