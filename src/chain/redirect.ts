import { constants } from "node:fs";
import type { RedirectRules } from "./operation.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
const MODES = {
  read: O_RDONLY, write: O_WRONLY | O_CREAT | O_TRUNC, update: O_RDWR, append: O_WRONLY | O_CREAT | O_APPEND, create: O_WRONLY | O_CREAT | O_EXCL,
} as const satisfies Readonly<Record<RedirectRules["mode"], number>>;

/** For open(2). */
export const redirectFlags = ({ mode, nonblocking }: RedirectRules): number => MODES[mode] | (nonblocking ? O_NONBLOCK : 0);
