import type { Hint } from "../diagnosis/hint.ts";
import { SystemError } from "../sys/errors.ts";

/** Why a supervisor or a scanner cannot start; `message` is what follows `PROG: fatal: `. */
export class StartError extends Error {
  readonly code: 100 | 111;
  /** Says why, where that is known. */
  readonly hint: Hint | undefined;

  constructor(message: string, code: 100 | 111, hint?: Hint, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  get isOutOfDescriptors(): boolean {
    return this.cause instanceof SystemError && (this.cause.code === "EMFILE" || this.cause.code === "ENFILE");
  }
}

/** Runs `action`; its SystemError becomes a StartError "unable to WHAT: reason", 111. `why` is asked for a hint then. */
export function attempt<T>(what: string, action: () => T, why?: (error: SystemError) => Hint | undefined): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) throw new StartError(`unable to ${what}: ${error.reason}`, 111, why?.(error), { cause: error });
    throw error;
  }
}
