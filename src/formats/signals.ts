/** Signals of Linux on the usual architectures. Where two names share a number the first is the one we print. */
const SIGNALS = [
  ["HUP", 1], ["INT", 2], ["QUIT", 3], ["ILL", 4], ["TRAP", 5], ["ABRT", 6], ["IOT", 6], ["BUS", 7], ["FPE", 8],
  ["KILL", 9], ["USR1", 10], ["SEGV", 11], ["USR2", 12], ["PIPE", 13], ["ALRM", 14], ["TERM", 15], ["STKFLT", 16],
  ["CHLD", 17], ["CLD", 17], ["CONT", 18], ["STOP", 19], ["TSTP", 20], ["TTIN", 21], ["TTOU", 22], ["URG", 23],
  ["XCPU", 24], ["XFSZ", 25], ["VTALRM", 26], ["PROF", 27], ["WINCH", 28], ["POLL", 29], ["IO", 29], ["PWR", 30],
  ["SYS", 31],
] as const;

export type SignalName = (typeof SIGNALS)[number][0];
export const MAX_SIGNAL = 64;

const byName = new Map<string, number>(SIGNALS);
const byNumber = new Map<number, SignalName>();
for (const [name, number] of SIGNALS) if (!byNumber.has(number)) byNumber.set(number, name);

/** Number of a signal known by name: `signalNumber("TERM")` is 15. */
export function signalNumber(name: SignalName): number {
  const number = byName.get(name);
  if (number === undefined) throw new RangeError(`no signal ${name}`);
  return number;
}

/** Name without SIG, `???` for a number that has none (s6 documentation, s6-svstat). */
export const signalName = (number: number): SignalName | "???" => byNumber.get(number) ?? "???";

/** A name in any case, with or without SIG, or a decimal number 1…64. undefined for anything else. */
export function parseSignal(text: string): number | undefined {
  if (/^[0-9]+$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= MAX_SIGNAL ? number : undefined;
  }
  const name = text.toUpperCase();
  return byName.get(name.startsWith("SIG") ? name.slice(3) : name);
}
