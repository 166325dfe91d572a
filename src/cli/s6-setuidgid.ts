import { parseSetuidgid } from "../chain/setuidgid.ts";
import { chainProgram } from "./chain.ts";
import { s6applyuidgid } from "./s6-applyuidgid.ts";
import { s6envuidgid } from "./s6-envuidgid.ts";

const NAME = "s6-setuidgid";

export const s6setuidgid = chainProgram({
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
}, [s6envuidgid, s6applyuidgid]);
