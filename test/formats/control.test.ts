import { expect, test } from "vitest";
import {
  CONTROL_LETTERS, CONTROL_ORDERS, CONTROLS, type ControlLetter, isControlLetter, letterOfSignal,
} from "../../src/formats/control.ts";
import { parseSignal, signalNumber } from "../../src/formats/signals.ts";

/** s6 documentation, s6-svc: the letter and what it does. */
const DOCUMENTED: readonly (readonly [letters: string, does: string])[] = [
  ["a", "ALRM"], ["b", "ABRT"], ["q", "QUIT"], ["h", "HUP"], ["k", "KILL"], ["t", "TERM"], ["i", "INT"], ["1", "USR1"],
  ["2", "USR2"], ["y", "WINCH"], ["p", "pause"], ["c", "continue"], ["P", "pauseGroup"], ["C", "continueGroup"],
  ["K", "killGroup"], ["r", "restart"], ["l", "reload"], ["o", "once"], ["d", "down"], ["u", "up"], ["D", "downDisable"],
  ["U", "upEnable"], ["x", "exit"], ["O", "onlyOnce"], ["Q", "onlyOnceDisable"],
];

test.for(DOCUMENTED)("%s is %s", ([letter, does]) => {
  const meaning = CONTROLS[letter as ControlLetter];
  expect(meaning.does === "signal" ? meaning.signal : meaning.does).toBe(does);
});

test("there is no other letter, and no order without one", () => {
  expect([...CONTROL_LETTERS].sort()).toEqual(DOCUMENTED.map(([letter]) => letter).sort());
  const orders = new Set(CONTROL_LETTERS.map((letter) => CONTROLS[letter].does).filter((does) => does !== "signal"));
  expect(orders).toEqual(new Set(CONTROL_ORDERS));
});

test("a letter is one of the table, not of what every object has", () => {
  expect(["u", "1", "Q"].every(isControlLetter)).toBe(true);
  expect(["", "z", "uu", "toString", "__proto__", "\n"].some(isControlLetter)).toBe(false);
});

test.for(["ALRM a", "ABRT b", "QUIT q", "HUP h", "KILL k", "TERM t", "INT i", "USR1 1", "USR2 2", "STOP p", "CONT c", "WINCH y"])(
  "the letter for %s", (pair) => {
    const [name = "", letter] = pair.split(" ");
    expect(letterOfSignal(parseSignal(name) ?? 0)).toBe(letter);
  });
test("other signals have no letter", () => {
  expect([signalNumber("SEGV"), signalNumber("CHLD"), 0, 64].map(letterOfSignal)).toEqual([undefined, undefined, undefined, undefined]);
});
