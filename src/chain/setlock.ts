import { known, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint } from "../formats/uint.ts";
import type { Link } from "./operation.ts";

/** s6-setlock [ -r | -w ] [ -n | -N ] [ -t timeout ] [ -d fd ] file prog... */
export function parseSetlock(args: readonly string[]): Link {
  const { options, operands: [file, ...rest] } = parseOptions(args, "nNt:rwd:");
  let [isShared, waits] = [false, true];
  let timeoutMs: number | undefined;
  let fd: number | undefined;
  for (const { name, value } of options) {
    switch (name) {
      case "r": isShared = true; break;
      case "w": isShared = false; break;
      case "n": waits = false; break;
      case "N": waits = true; break;
      case "t": timeoutMs = known(parseUint(value)); break;
      case "d": fd = known(parseUint(value)); break;
    }
  }
  if (file === undefined || rest.length === 0) throw new UsageError();
  // -t 0 is no limit.
  const waitMs = waits ? timeoutMs || undefined : 0;
  return { operations: [{ type: "lock", file, rules: { isShared, waitMs, fd } }], rest };
}
