import { parseSetuidgid } from "../chain/setuidgid.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-setuidgid";

export const s6setuidgid: StateProgram = {
  name: NAME,
  synopsis: `${NAME} account prog...`,
  help: `Becomes PROG as another user. ACCOUNT is one of:

  name       its user, group and supplementary groups
  uid:gid    numbers; the group is the only supplementary one
  ''         as it is

The same as s6-envuidgid ACCOUNT s6-applyuidgid -Uz PROG..., or s6-applyuidgid -u UID -g GID -G '' PROG...; it speaks
under their names.

Exit codes: 1 unknown user, 100 wrong usage, 111 not permitted, 126 or 127 PROG can't be executed.`,
  parse: parseSetuidgid,
};
