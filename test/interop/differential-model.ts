import { CONTROLS, type ControlLetter } from "../../src/formats/control.ts";

/**
 * What a service of each kind does, seen from outside: just enough to know how many letters a command must bring, so
 * that a test can wait for them. What the letters are, and all the rest, is compared between the two suites.
 */
export interface Kind {
  readonly files: Readonly<Record<string, string>>;
  readonly startsDown?: true;
  readonly notifies?: true;
  /** finish exits 125. */
  readonly isPermanent?: true;
  /** Letters whose signal it survives. */
  readonly survives?: string;
  /** run ends by itself. */
  readonly isShort?: true;
}

const SLEEPER = "#!/bin/sh\nexec sleep 1000\n";
const QUICK_FINISH = "#!/bin/sh\nexit 0\n";

export const KINDS: Readonly<Record<string, Kind>> = {
  plain: { files: { run: SLEEPER } },
  finish: { files: { run: SLEEPER, finish: QUICK_FINISH } },
  permanent: { files: { run: SLEEPER, finish: "#!/bin/sh\nexit 125\n" }, isPermanent: true },
  ready: { files: { run: "#!/bin/sh\necho >&3\nexec sleep 1000\n", "notification-fd": "3\n", finish: QUICK_FINISH }, notifies: true },
  // Ready when it is deaf: a signal may come before the trap.
  stubborn: {
    files: {
      run: "#!/bin/sh\ntrap '' TERM\necho >&3\nexec sleep 1000\n",
      finish: QUICK_FINISH,
      "timeout-kill": "200\n",
      "notification-fd": "3\n",
    },
    notifies: true,
    survives: "tr",
  },
  slow: { files: { run: SLEEPER, finish: "#!/bin/sh\nexec sleep 0.2\n" } },
  stuck: { files: { run: SLEEPER, finish: "#!/bin/sh\nexec sleep 1000\n", "timeout-finish": "200\n" } },
  lazy: { files: { run: SLEEPER, finish: QUICK_FINISH, down: "" }, startsDown: true },
  signal: { files: { run: SLEEPER, finish: QUICK_FINISH, "down-signal": "USR1\n" } },
  short: { files: { run: "#!/bin/sh\nexit 7\n", finish: QUICK_FINISH, down: "" }, startsDown: true, isShort: true },
};

/** Letters that 2.11 knows, too. x is for the end. */
const LETTERS: readonly ControlLetter[] = [..."abqhktid12yrdouDUOQpc"] as ControlLetter[];

export interface Step {
  readonly letters: string;
  /** Every letter that event/ has brought from the start until the command is done with. */
  readonly heard: number;
  readonly isUp: boolean;
  readonly isWantedUp: boolean;
  readonly isPaused: boolean;
}

/** A sequence of commands for one service, with what must be waited for after each. The first step is the start. */
export function sequenceFor(kind: Kind, length: number, random: () => number): Step[] {
  let heard = 1; // s
  let isUp = false;
  let isWantedUp = kind.startsDown !== true;
  const start = (): void => {
    isUp = true;
    heard += kind.notifies === true ? 2 : 1;
    if (kind.isShort === true) die();
  };
  const die = (): void => {
    isUp = false;
    heard += kind.isPermanent === true ? 3 : 2;
    if (kind.isPermanent === true) isWantedUp = false;
    if (isWantedUp) start();
  };
  if (isWantedUp) start();
  const steps: Step[] = [{ letters: "", heard, isUp, isWantedUp, isPaused: false }];
  while (steps.length <= length) {
    const letter = kind.isShort === true ? "o" : (LETTERS[Math.floor(random() * LETTERS.length)] ?? "u");
    if (letter === "p" && isUp) {
      steps.push({ letters: "p", heard, isUp, isWantedUp, isPaused: true });
      steps.push({ letters: "c", heard, isUp, isWantedUp, isPaused: false }); // a stopped process takes no signal
      continue;
    }
    const meaning = CONTROLS[letter];
    const wasUp = isUp;
    if ("uU".includes(letter)) isWantedUp = true;
    if ("odDOQ".includes(letter)) isWantedUp = false;
    if (!wasUp && "uUo".includes(letter)) start();
    const isDeadly = (meaning.does === "signal" && letter !== "y") || "rdD".includes(letter);
    const isSurvived = kind.survives?.includes(letter) === true;
    if (wasUp && isDeadly && !isSurvived) die();
    steps.push({ letters: letter, heard, isUp, isWantedUp, isPaused: false });
  }
  return steps;
}

/** A small generator with a seed, so that a failure can be repeated. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
