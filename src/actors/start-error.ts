import { SystemError } from "../sys/errors.ts";

/** Why a supervisor or a scanner cannot start; `message` is what follows `PROG: fatal: `. */
export class StartError extends Error {
  readonly code: 100 | 111;

  constructor(message: string, code: 100 | 111) {
    super(message);
    this.code = code;
  }
}

/** Runs `action`; its SystemError becomes a StartError "unable to WHAT: reason", 111. */
export function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) throw new StartError(`unable to ${what}: ${error.reason}`, 111);
    throw error;
  }
}
