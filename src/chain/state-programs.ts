import { parseApplyuidgid } from "./applyuidgid.ts";
import { parseElgetopt } from "./elgetopt.ts";
import { parseEnvdir } from "./envdir.ts";
import { parseEnvuidgid } from "./envuidgid.ts";
import { parseSetlock } from "./setlock.ts";
import { parseSetsid } from "./setsid.ts";
import { parseSetuidgid } from "./setuidgid.ts";
import { parseShift } from "./shift.ts";
import { parseSoftlimit } from "./softlimit.ts";
import type { Parse } from "./operation.ts";

/** The programs of which everything is known in advance: what they do is operations and substitutions. */
export const STATE_PROGRAMS: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ["elgetopt", parseElgetopt],
  ["s6-applyuidgid", parseApplyuidgid],
  ["s6-envdir", parseEnvdir],
  ["s6-envuidgid", parseEnvuidgid],
  ["s6-setlock", parseSetlock],
  ["s6-setsid", parseSetsid],
  ["s6-setuidgid", parseSetuidgid],
  ["s6-softlimit", parseSoftlimit],
  ["shift", parseShift],
]);
