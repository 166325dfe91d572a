import { constants } from "node:fs";
import type { RedirectRules } from "./operation.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
const ACCESS = { read: O_RDONLY, write: O_WRONLY, both: O_RDWR } as const satisfies Readonly<Record<RedirectRules["access"], number>>;

/** For open(2). */
export const redirectFlags = ({ access, creates, truncates, appends, isExclusive, nonblocking }: RedirectRules): number =>
  ACCESS[access] | (creates ? O_CREAT : 0) | (truncates ? O_TRUNC : 0) | (appends ? O_APPEND : 0) | (isExclusive ? O_EXCL : 0)
  | (nonblocking ? O_NONBLOCK : 0);
