import { holdForever, type HolderSetup } from "../actors/fdholder/fdholder.ts";
import { type AccessRules, openAccessRules, type RuleSource } from "../chain/access-rules.ts";
import { msOrForever, parseUint } from "../formats/uint.ts";
import { limitOf, UNLIMITED } from "../sys/limits.ts";
import { RUNNING } from "./daemon.ts";
import { ExitError, known, unableTo } from "./failures.ts";
import { requireSocket, requireStdout } from "./listening-stdin.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

const CLIENTS = { usual: 16, most: 256 } as const;
const HELD = 1000;
/** So many descriptors it needs besides those that it holds. */
const OWN_DESCRIPTORS = 6n;

export const s6fdholderd: Program = {
  name: "s6-fdholderd",
  synopsis: "s6-fdholderd [ -v verbosity ] [ -1 ] [ -c maxconn ] [ -n maxfds ] [ -t timeout ] [ -T lameducktimeout ] [ -i rulesdir | -x rulesfile ]",
  help: `Holds descriptors for others, who store and retrieve them by connecting to the socket that is its stdin.

  -v N    0 errors only, 1 warnings, too (default 1)
  -1      write a newline to stdout when clients may come
  -c N    clients at the same time (default ${CLIENTS.usual}, at most ${CLIENTS.most})
  -n N    descriptors that it holds (default ${HELD}; the limit of open files, less ${OWN_DESCRIPTORS}, is the end)
  -t MS   how long a client may take for a request and its answer (default 0 = for ever)
  -T MS   the same for all that is under way at SIGTERM
  -i DIR  who may do what, as a directory of access rules
  -x CDB  the same, compiled
          variables: S6_FDHOLDER_STORE_REGEX and S6_FDHOLDER_RETRIEVE_REGEX, extended regular expressions that the
          identifier must match (one that is EMPTY MATCHES EVERY IDENTIFIER; not set: none); S6_FDHOLDER_LIST,
          S6_FDHOLDER_GETDUMP, S6_FDHOLDER_SETDUMP, set to anything

SIGTERM: no new clients, what is under way is finished. SIGHUP: read the file of -x again.
Exit codes: the sum of 1 when it still held descriptors, which are lost, and 2 when clients were connected; 100 wrong usage,
111 system error.`,
  main({ args }) {
    holdForever(holderSetup(args, limitOf("NOFILE").soft, (tellsReadiness) => {
      requireSocket();
      if (tellsReadiness) requireStdout();
    }));
    return RUNNING;
  },
};

/** What the command line says. `softNofile`: of the process; `look`: at what it is started on. @throws UsageError, ExitError */
export function holderSetup(args: readonly string[], softNofile: bigint, look: (tellsReadiness: boolean) => void = () => undefined): HolderSetup {
  let [verbosity, tellsReadiness, mostClients, wanted]: [number, boolean, number, number] = [1, false, CLIENTS.usual, HELD];
  let [clientMs, lameDuckMs]: [number | undefined, number | undefined] = [undefined, undefined];
  let source: RuleSource | undefined;
  for (const { name, value } of parseOptions(args, "v:1c:n:i:x:t:T:").options) {
    switch (name) {
      case "v": verbosity = known(parseUint(value)); break;
      case "1": tellsReadiness = true; break;
      case "c": mostClients = known(parseUint(value)); break;
      case "n": wanted = known(parseUint(value)); break;
      case "t": clientMs = msOrForever(known(parseUint(value))); break;
      case "T": lameDuckMs = msOrForever(known(parseUint(value))); break;
      case "i": source = { type: "directory", path: value }; break;
      case "x": source = { type: "cdb", path: value };
    }
  }
  if (source === undefined) throw new ExitError(100, "no access rights specified!");
  const mostHeld = heldAtMost(wanted, softNofile);
  look(tellsReadiness);
  const rules = rulesOf(source);
  return { verbosity, tellsReadiness, clientMs, lameDuckMs, mostHeld, mostClients: Math.min(Math.max(mostClients, 1), CLIENTS.most), rules };
}

const rulesOf = (source: RuleSource): AccessRules => unableTo(`cdb_init ${source.path}`, () => openAccessRules(source));

function heldAtMost(wanted: number, soft: bigint): number {
  if (soft !== UNLIMITED && soft <= OWN_DESCRIPTORS) throw new ExitError(111, "open file limit too low");
  const possible = soft !== UNLIMITED && BigInt(wanted) > soft ? Number(soft - OWN_DESCRIPTORS) : wanted;
  return Math.max(possible, 1);
}
