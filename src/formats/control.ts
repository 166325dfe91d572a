import { signalNumber, type SignalName } from "./signals.ts";

/**
 * The one table of supervise/control bytes: what each means to the supervisor, and the s6-svc option of the same
 * letter. Facts of the machine, the options of s6-svc and the test cases all derive from it.
 */
type ControlMeaning =
  | { readonly does: "signal"; readonly signal: SignalName; readonly help: string }
  | { readonly does: ControlOrder; readonly help: string };

export const CONTROL_ORDERS = [
  "pause", "continue", "pauseGroup", "continueGroup", "killGroup", "restart", "reload",
  "once", "up", "upEnable", "down", "downDisable", "exit", "onlyOnce", "onlyOnceDisable",
] as const;
export type ControlOrder = (typeof CONTROL_ORDERS)[number];

export const CONTROLS = {
  a: { does: "signal", signal: "ALRM", help: "send SIGALRM" },
  b: { does: "signal", signal: "ABRT", help: "send SIGABRT" },
  q: { does: "signal", signal: "QUIT", help: "send SIGQUIT" },
  h: { does: "signal", signal: "HUP", help: "send SIGHUP" },
  k: { does: "signal", signal: "KILL", help: "send SIGKILL" },
  t: { does: "signal", signal: "TERM", help: "send SIGTERM" },
  i: { does: "signal", signal: "INT", help: "send SIGINT" },
  "1": { does: "signal", signal: "USR1", help: "send SIGUSR1" },
  "2": { does: "signal", signal: "USR2", help: "send SIGUSR2" },
  y: { does: "signal", signal: "WINCH", help: "send SIGWINCH" },
  p: { does: "pause", help: "pause: send SIGSTOP" },
  c: { does: "continue", help: "continue: send SIGCONT" },
  P: { does: "pauseGroup", help: "pause the process group" },
  C: { does: "continueGroup", help: "continue the process group" },
  K: { does: "killGroup", help: "kill the process group" },
  r: { does: "restart", help: "restart: send the down signal" },
  l: { does: "reload", help: "reload: send the reload signal" },
  o: { does: "once", help: "once: start if down, do not restart" },
  u: { does: "up", help: "up" },
  U: { does: "upEnable", help: "up, and remove ./down" },
  d: { does: "down", help: "down" },
  D: { does: "downDisable", help: "down, and create ./down" },
  x: { does: "exit", help: "exit when the service is down" },
  O: { does: "onlyOnce", help: "do not restart when it dies" },
  Q: { does: "onlyOnceDisable", help: "do not restart, and create ./down" },
} as const satisfies Record<string, ControlMeaning>;

export type ControlLetter = keyof typeof CONTROLS;
export const CONTROL_LETTERS = Object.keys(CONTROLS) as ControlLetter[];

/** Most letters that one s6-svc call sends. */
export const MAX_CONTROL_LETTERS = 62;

/** The letter that `s6-svc -s SIGNAL` stands for; undefined when the supervisor has no byte for that signal. */
export function letterOfSignal(signal: number): ControlLetter | undefined {
  if (signal === signalNumber("STOP")) return "p";
  if (signal === signalNumber("CONT")) return "c";
  return CONTROL_LETTERS.find((letter) => {
    const meaning: ControlMeaning = CONTROLS[letter];
    return meaning.does === "signal" && signalNumber(meaning.signal) === signal;
  });
}

export const isControlLetter = (text: string): text is ControlLetter => Object.hasOwn(CONTROLS, text);

/** .s6-svscan/control: the byte, and the s6-svscanctl option of the same letter. */
export const SCAN_CONTROLS = {
  z: "reap: look for dead processes now",
  a: "alarm: scan now",
  b: "abort: leave at once, kill nothing, wait for nothing",
  h: "hup: scan, then prune",
  n: "nuke: prune, loggers end by themselves",
  N: "really nuke: prune, loggers are stopped too",
  t: "terminate: stop all, loggers end by themselves",
  i: "interrupt: same as -t",
  q: "quit: stop all, loggers are stopped too",
} as const;
export type ScanLetter = keyof typeof SCAN_CONTROLS;
export const MAX_SCAN_LETTERS = 64;
/** Ours alone, no tool of s6 sends it: become the program that stands where s6-svscan was started from. */
export const REEXEC_LETTER = "E";
/** The same, unless the new program would have decided otherwise than what is recorded. */
export const STRICT_REEXEC_LETTER = "V";
