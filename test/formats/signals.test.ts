import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { MAX_SIGNAL, parseSignal, type SignalName, signalName, signalNumber } from "../../src/formats/signals.ts";

const NAMES = (
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP " +
  "TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
).split(" ") as SignalName[];
const numberOf: Readonly<Record<string, number>> = { ...constants.signals, SIGCLD: 17 };

describe.for(NAMES)("%s", (name) => {
  test("is the number that the system has for it", () => {
    expect(signalNumber(name)).toBe(numberOf[`SIG${name}`]);
  });
  test("is understood in any case, with or without SIG", () => {
    for (const text of [name, `SIG${name}`, name.toLowerCase(), `sig${name.toLowerCase()}`, `Sig${name}`]) {
      expect(parseSignal(text)).toBe(signalNumber(name));
    }
  });
});

test("numbers with two names are printed with the name of POSIX", () => {
  expect([6, 17, 29].map(signalName)).toEqual(["ABRT", "CHLD", "POLL"]);
});
test("a number without a name is printed as ???", () => {
  expect([0, 32, 64, 127].map(signalName)).toEqual(["???", "???", "???", "???"]);
});
test("numbers are decimal, from 1 to the last real-time signal", () => {
  expect([parseSignal("1"), parseSignal("015"), parseSignal(String(MAX_SIGNAL))]).toEqual([1, 15, 64]);
});
test.for(["", "0", "65", "99999999999999999999", "-1", "+9", "0x9", "9 ", " 9", "TERM ", "SIG", "SIGSIGTERM", "SIG9", "NOPE", "TERM\n"])(
  "%j is no signal", (text) => {
    expect(parseSignal(text)).toBeUndefined();
  });
