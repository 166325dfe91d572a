import { ExitError } from "../cli/failures.ts";
import { boundPath } from "../sys/stream-socket.ts";
import { openAccessRules } from "./access-rules.ts";
import { decideConnlimit } from "./connlimit.ts";
import type { Decider } from "./decision.ts";
import { decideIpcserverAccess } from "./ipcserver-access.ts";
import { type ChainProcess, exits, type Next } from "./process.ts";

/** The programs that decide about a connection. */
export const DECIDERS: ReadonlyMap<string, Decider> = new Map<string, Decider>([
  ["s6-connlimit", decideConnlimit],
  ["s6-ipcserver-access", decideIpcserverAccess],
]);

/** One of them, in a process of its own. */
export const runDecider = (decide: Decider) => (args: readonly string[], process: ChainProcess): Next => {
  const { environment, sys } = process;
  const decision = decide(args, {
    environment,
    own: () => ({ uid: sys.geteuid(), gid: sys.getegid() }),
    accessRules: (source) => openAccessRules(source),
    localPath() {
      process.descriptors.require(0);
      return boundPath(0);
    },
    inform: (text) => process.inform(text(sys.pid())),
    warn: (text) => process.warn(text),
  });
  if (decision.type === "refuse") {
    const { code, message } = decision;
    if (message !== undefined) throw new ExitError(code, message);
    return exits(code);
  }
  const { operations, rest, isOwn = false } = decision.link;
  for (const operation of operations) process.apply(operation);
  return rest.length === 0 ? exits(0) : { type: "become", words: rest, isOwn };
};
