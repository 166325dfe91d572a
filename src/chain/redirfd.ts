import { UsageError } from "../cli/failures.ts";
import { parseLongOptions } from "../cli/options.ts";
import { importing } from "./autoimport.ts";
import { parseFd } from "./fd-moves.ts";
import { requireVariable } from "./variables.ts";
import type { Link, RedirectRules } from "./operation.ts";

type Flags = Omit<RedirectRules, "access" | "nonblocking" | "changesBlocking"> & { readonly reads: boolean; readonly writes: boolean };

const NO_FLAGS: Flags = { reads: false, writes: false, creates: false, truncates: false, appends: false, isExclusive: false };
/** Each says all of them. */
const MODES = {
  r: { ...NO_FLAGS, reads: true },
  w: { ...NO_FLAGS, writes: true, creates: true, truncates: true },
  u: { ...NO_FLAGS, reads: true, writes: true },
  a: { ...NO_FLAGS, writes: true, creates: true, appends: true },
  x: { ...NO_FLAGS, writes: true, creates: true, isExclusive: true },
} as const;
/** Each says one. */
const FLAGS = {
  read: { reads: true }, "no-read": { reads: false },
  write: { writes: true }, "no-write": { writes: false },
  create: { creates: true }, "no-create": { creates: false },
  append: { appends: true }, "no-append": { appends: false },
  trunc: { truncates: true }, "no-trunc": { truncates: false },
  excl: { isExclusive: true }, "no-excl": { isExclusive: false },
} as const satisfies Readonly<Record<string, Partial<Flags>>>;
type FlagName = keyof typeof FLAGS;
const LONG_NAMES = {
  ...(Object.fromEntries(Object.keys(FLAGS).map((name) => [name, name])) as { readonly [Name in FlagName]: Name }),
  nonblock: "n", block: "N", "switch-block": "b", open: "f", autoimport: "E",
} as const;

/** redirfd -[ r | w | u | a | x ] [ -n | -N ] [ -b ] fd file prog...; with -f [ -e | -E ] the first operand is a variable. */
export function parseRedirfd(args: readonly string[]): Link {
  const { options, operands: [target, file, ...rest] } = parseLongOptions<"rwuaxnNbfeE", FlagName>(args, "rwuaxnNbfeE", LONG_NAMES);
  let flags = NO_FLAGS;
  let [nonblocking, changesBlocking, opens, autoimport] = [false, false, false, false];
  for (const { name } of options) {
    switch (name) {
      case "r": case "w": case "u": case "a": case "x": flags = MODES[name]; break;
      case "n": nonblocking = true; break;
      case "N": nonblocking = false; break;
      case "b": changesBlocking = true; break;
      case "f": opens = true; break;
      case "e": autoimport = false; break;
      case "E": autoimport = true; break;
      default: flags = { ...flags, ...FLAGS[name] };
    }
  }
  const { reads, writes, ...others } = flags;
  if (target === undefined || file === undefined || rest.length === 0 || !(reads || writes)) throw new UsageError();
  const rules: RedirectRules = { access: reads && writes ? "both" : reads ? "read" : "write", ...others, nonblocking, changesBlocking };
  if (!opens) return { operations: [{ type: "redirect", fd: parseFd(target), file, rules }], rest };
  const variable = requireVariable(target);
  const operations = [{ type: "redirect", fd: { variable }, file, rules }] as const;
  return autoimport ? { operations, rest: importing([variable], rest), isOwn: true } : { operations, rest };
}
