import { parseEnvuidgid } from "../chain/envuidgid.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-envuidgid";

export const s6envuidgid: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -i | -D defaultuid:defaultgid:defaultgidlist ] [ -u | -g | -B ] [ -n ] account prog...`,
  help: `Becomes PROG with the ids of ACCOUNT in variables: UID, GID, and GIDLIST, the groups that list it as a member.

  -u       UID only
  -g       ACCOUNT is a group: GID only
  -B       ACCOUNT is user:group, of which one may be empty: UID and GID
  -n       a name that is unknown is a number; no GIDLIST
  -D IDS   for a name that is unknown, uid:gid:gidlist
  -i       a name that is unknown is an error (default)

Exit codes: 1 unknown user or group, 100 wrong usage, 126 or 127 PROG can't be executed.`,
  parse: parseEnvuidgid,
};
