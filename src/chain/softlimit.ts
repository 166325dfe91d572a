import { UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { type Limit, type ResourceName, UNLIMITED } from "../sys/limits.ts";
import type { LimitMode, Link, Operation } from "./operation.ts";

const RESOURCES_OF = {
  a: ["AS"], c: ["CORE"], d: ["DATA"], f: ["FSIZE"], l: ["MEMLOCK"], m: ["DATA", "STACK", "MEMLOCK", "AS"], o: ["NOFILE"],
  P: ["RTPRIO"], p: ["NPROC"], r: ["RSS"], s: ["STACK"], t: ["CPU"],
} as const satisfies Readonly<Record<string, readonly ResourceName[]>>;

/** s6-softlimit [ -H | -h ] [ -LETTER limit ]... prog...: each limit in the mode of the last -H or -h before it. */
export function parseSoftlimit(args: readonly string[]): Link {
  const { options, operands: rest } = parseOptions(args, "Hha:c:d:f:l:m:o:P:p:r:s:t:");
  const operations: Operation[] = [];
  let mode: LimitMode = "soft";
  for (const { name, value } of options) {
    if (name === "H") mode = "both";
    else if (name === "h") mode = "hard";
    else operations.push({ type: "limit", resources: RESOURCES_OF[name], mode, value: value === "=" ? "most" : parseAmount(value) });
  }
  if (rest.length === 0) throw new UsageError();
  return { operations, rest };
}

/** An unsigned 64-bit number. */
function parseAmount(text: string): bigint {
  if (!/^[0-9]+$/.test(text) || BigInt(text) > UNLIMITED) throw new UsageError();
  return BigInt(text);
}

/** What a limit becomes. */
export function changedLimit({ resource, soft, hard }: Limit, mode: LimitMode, value: bigint | "most"): Limit {
  switch (mode) {
    case "soft": return { resource, soft: value === "most" || value > hard ? hard : value, hard };
    case "hard": return { resource, soft, hard: value === "most" ? UNLIMITED : value };
    case "both": return value === "most" ? { resource, soft: UNLIMITED, hard: UNLIMITED } : { resource, soft: value, hard: value };
  }
}
