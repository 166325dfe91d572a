/** The commands of sv (runit documentation, sv), in letters of s6-svc. */

export interface SvCommand {
  readonly letters: string;
  /** What there is to wait for. */
  readonly does: "status" | "up" | "down" | "once" | "exit" | "restart" | "restart if up" | "end" | "signal" | "check";
  /** Those of an init script wait always. */
  readonly lsb: boolean;
  /** In runit it kills at the end of its patience. */
  readonly force: boolean;
}

type Effect = SvCommand["does"];
const plain = (letters: string, does: Effect): SvCommand => ({ letters, does, lsb: false, force: false });
const lsb = (letters: string, does: Effect, force = false): SvCommand => ({ letters, does, lsb: true, force });
const forced = (letters: string, does: Effect): SvCommand => ({ letters, does, lsb: false, force: true });

/** By whole name. */
const NAMED: Readonly<Record<string, SvCommand>> = {
  start: lsb("u", "up"),
  stop: lsb("d", "down"),
  restart: lsb("ru", "restart"),
  shutdown: lsb("xd", "exit"),
  reload: lsb("h", "signal"),
  check: lsb("", "check"),
  "try-restart": lsb("r", "restart if up"),
  "force-stop": lsb("d", "down", true),
  "force-restart": lsb("ru", "restart", true),
  "force-shutdown": lsb("xd", "exit", true),
  "force-reload": lsb("r", "restart if up", true),
};

/** By first letter; the names are for people who write them out. */
const LETTERS: Readonly<Record<string, SvCommand>> = {
  s: plain("", "status"),
  u: plain("u", "up"),
  d: plain("d", "down"),
  o: plain("o", "once"),
  e: plain("xd", "exit"),
  x: plain("xd", "exit"),
  p: plain("p", "signal"),
  c: plain("c", "signal"),
  h: plain("h", "signal"),
  a: plain("a", "signal"),
  i: plain("i", "signal"),
  q: plain("q", "signal"),
  1: plain("1", "signal"),
  2: plain("2", "signal"),
  t: plain("t", "end"),
  k: plain("k", "end"),
  D: forced("d", "down"),
  T: forced("t", "end"),
  X: forced("xd", "exit"),
  E: forced("xd", "exit"),
};

const WORDS = [
  "status", "up", "down", "once", "exit", "pause", "cont", "hup", "alarm", "interrupt", "quit", "1", "2", "term", "kill", "x",
  "D", "T", "X", "E",
];

/** Abbreviated where nothing else begins like that; a single letter is never that of an init script. */
export function findCommand(word: string): SvCommand | undefined {
  if (Object.hasOwn(NAMED, word)) return NAMED[word];
  if (word !== "" && WORDS.some((known) => known.startsWith(word))) return LETTERS[word.charAt(0)];
  const longer = Object.keys(NAMED).filter((known) => word.length > 1 && known.startsWith(word));
  return longer.length === 1 ? NAMED[longer[0] ?? ""] : undefined;
}
