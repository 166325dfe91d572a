import { parseApplyuidgid } from "../chain/applyuidgid.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-applyuidgid";

export const s6applyuidgid: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -z ] [ -u uid ] [ -g gid ] [ -G gidlist ] [ -U ] prog...`,
  help: `Becomes PROG with other ids, which are numbers.

  -u UID      user; 0 changes nothing
  -g GID      group; 0 changes nothing
  -G GIDLIST  supplementary groups, separated by , : ; or blanks; the group is put first
  -U          all three from the variables UID, GID and GIDLIST; options after it override
  -z          PROG does not get these variables

Exit codes: 100 wrong usage, or a variable that is missing or invalid, 111 not permitted, 126 or 127 PROG can't be executed.`,
  parse: parseApplyuidgid,
};
