import { type ControlLetter, letterOfSignal, MAX_CONTROL_LETTERS } from "../formats/control.ts";
import { parseSignal } from "../formats/signals.ts";
import { type Awaited, isAwaited } from "./awaited.ts";
import { ExitError, UsageError } from "./failures.ts";
import { parseOptions, parseTimeout } from "./options.ts";

/** The command line of s6-svc, and of what explains it. */
const SPEC = "s:abqhkti12pcyrlPCKoduDUxOQT:w:";

export interface Commands {
  readonly letters: string;
  readonly awaited: Awaited | undefined;
  readonly timeoutMs: number | undefined;
  readonly servicedirs: readonly string[];
  /** Says what would be done, does nothing. */
  readonly explain: boolean;
  readonly json: boolean;
}

export function parseCommands(args: readonly string[]): Commands {
  const { options, operands: servicedirs } = parseOptions(args, SPEC, ["explain", "json"]);
  let letters = "";
  let awaited: Awaited | undefined;
  let timeoutMs: number | undefined;
  let [explain, json] = [false, false];
  for (const { name, value } of options) {
    switch (name) {
      case "T": timeoutMs = parseTimeout(value); break;
      // Only the first character counts, as in C.
      case "w": awaited = parseAwaited(value.charAt(0)); break;
      case "s": letters += parseSignalLetter(value); break;
      case "explain": explain = true; break;
      case "json": json = true; break;
      default: letters += name;
    }
    if (letters.length > MAX_CONTROL_LETTERS) throw new ExitError(100, "too many commands");
  }
  if (servicedirs.length === 0) throw new UsageError();
  if (json && !explain) throw new UsageError();
  if (servicedirs[0] === "") throw new ExitError(100, "invalid service path");
  return { letters, awaited, timeoutMs, servicedirs, explain, json };
}

function parseAwaited(letter: string): Awaited {
  if (!isAwaited(letter)) throw new UsageError();
  return letter;
}

function parseSignalLetter(text: string): ControlLetter {
  const signal = parseSignal(text);
  if (signal === undefined) throw new ExitError(100, `invalid signal: ${text}`);
  const letter = letterOfSignal(signal);
  if (letter === undefined) throw new ExitError(100, `${text} is not in the list of user-available signals`);
  return letter;
}
