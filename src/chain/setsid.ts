import { UsageError } from "../cli/failures.ts";
import { parseLongOptions, parseNumber } from "../cli/options.ts";
import type { Link, SessionRules } from "./operation.ts";

/** s6-setsid [ -s | -b | -f | -g ] [ -i | -I | -q ] [ -d ctty ] prog... */
export function parseSetsid(args: readonly string[]): Link {
  const { options, operands: rest } = parseLongOptions(args, "sbfgiIqd:", {
    session: "s", "background-process-group": "b", "foreground-process-group": "f", "foreground-process-group-grab": "g",
    "process-group": "process-group", foreground: "foreground", grab: "grab",
    "no-strict": "I", strict: "i", quiet: "q", ctty: "d",
  });
  let [group, foreground, grab] = [false, false, false];
  let onFailure: SessionRules["onFailure"] = "warn";
  let terminal: number | undefined;
  for (const { name, value } of options) {
    switch (name) {
      case "s": [group, foreground, grab] = [false, false, false]; break;
      case "b": [group, foreground, grab] = [true, false, false]; break;
      case "f": [group, foreground, grab] = [true, true, false]; break;
      case "g": [group, foreground, grab] = [true, true, true]; break;
      case "process-group": group = true; break;
      case "foreground": foreground = true; break;
      case "grab": grab = true; break;
      case "i": onFailure = "exit"; break;
      case "I": onFailure = "warn"; break;
      case "q": onFailure = "ignore"; break;
      case "d": terminal = parseNumber(value, "ctty"); break;
    }
  }
  if (rest.length === 0) throw new UsageError();
  return { operations: [{ type: "session", rules: { group, foreground, grab, onFailure, terminal } }], rest };
}
