import { MAX_DEATHS } from "../formats/death-tally.ts";
import { parseSignal } from "../formats/signals.ts";
import { parseUint } from "../formats/uint.ts";
import { type Hint, hintOf } from "./hint.ts";

/** The files of a service directory that hold one value (s6 documentation, servicedir), and how much s6 reads of them. */
const UINT = { kind: "number", bytes: 11 } as const;
const SIGNAL = { kind: "signal", bytes: 15 } as const;
export const VALUE_FILES = {
  "notification-fd": UINT, "lock-fd": UINT, "timeout-kill": UINT, "timeout-finish": UINT, "max-death-tally": UINT,
  "down-signal": SIGNAL, "reload-signal": SIGNAL,
} as const;
export type ValueFile = keyof typeof VALUE_FILES;
export const isValueFile = (name: string): name is ValueFile => Object.hasOwn(VALUE_FILES, name);

export const DESCRIPTOR_FILES = ["notification-fd", "lock-fd"] as const;
type DescriptorFile = (typeof DESCRIPTOR_FILES)[number];
export const isDescriptorFile = (name: string): name is DescriptorFile => (DESCRIPTOR_FILES as readonly string[]).includes(name);
const STANDARD = ["stdin", "stdout", "stderr"] as const;
/** Above it a delay is none. */
const DELAY_MAX = 0x7fffffff;

/** What s6 takes for the value: the first line of the first bytes. */
export function valueIn(name: ValueFile, content: string): string {
  return content.slice(0, VALUE_FILES[name].bytes).split("\n", 1)[0] ?? "";
}

/** Why s6 does not understand it; undefined when it does. */
export function whyInvalid(name: ValueFile, content: string): string | undefined {
  const value = valueIn(name, content);
  const { kind, bytes } = VALUE_FILES[name];
  const isValid = kind === "number" ? parseUint(value) !== undefined : parseSignal(value) !== undefined;
  if (isValid) return undefined;
  const wanted = kind === "number" ? "an unsigned decimal number" : "the name or the number of a signal";
  const begin = `the first line of ${name} must be ${wanted} and nothing else`;
  if (value === "") return `${begin}: it is empty`;
  if (value.endsWith("\r")) return `${begin}: it ends with CR LF`;
  if (value !== value.trim()) return `${begin}: there are blanks around it`;
  const [line = ""] = content.split("\n", 1);
  if (line.length > value.length) return `${begin}: it has more than ${bytes} bytes`;
  return `${begin}: it is ${JSON.stringify(value)}`;
}

/** What is odd about a value that s6 understands. */
export function whyUnusual(name: ValueFile, content: string): string | undefined {
  const value = parseUint(valueIn(name, content));
  if (value === undefined || VALUE_FILES[name].kind !== "number") return undefined;
  if (name === "max-death-tally" && value > MAX_DEATHS) return `max-death-tally is ${value}: no more than ${MAX_DEATHS} deaths are kept`;
  if (name.startsWith("timeout-") && value > DELAY_MAX) return `${name} is ${value}: above ${DELAY_MAX} it means no limit`;
  return undefined;
}

/** Of a number that is one: 0, 1 and 2 are taken, and so are those beyond the limit of open files. */
export function whyBadDescriptor(name: DescriptorFile, value: number, limit: number): string | undefined {
  const standard = STANDARD[value];
  if (standard !== undefined) return `${name} is ${value}, which is ${standard} of the service: use 3 or a higher number`;
  return value < limit ? undefined : `${name} is ${value}, and the service may have no descriptor above ${limit - 1}`;
}

export const clashText = (value: number): string =>
  `notification-fd and lock-fd are both ${value}: give one of them another number, such as ${value === 3 ? 4 : 3}`;

export const hintForValue = (name: ValueFile, content: string): Hint | undefined => hinted(name, whyInvalid(name, content));
export const hintForDescriptor = (name: DescriptorFile, value: number, limit: number): Hint | undefined =>
  hinted(name, whyBadDescriptor(name, value, limit));
export const hintForClash = (value: number): Hint => hintOf("descriptors", clashText(value));

const hinted = (topic: string, text: string | undefined): Hint | undefined => (text === undefined ? undefined : hintOf(topic, text));
