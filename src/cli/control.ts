import type { Sys } from "../sys/sys.ts";

/** What became of letters for a supervisor: those of DIR/supervise, or of DIR/.s6-svscan. */
export type ControlOutcome = ReturnType<Sys["sendControl"]>;
export type ControlFailure = Exclude<ControlOutcome, { readonly type: "sent" }>;

/** The message for a command that did not arrive. */
export function describeFailure(failure: ControlFailure, directory: string, subdirectory: string): string {
  switch (failure.type) {
    case "not listening": return `unable to control ${directory}: supervisor not listening`;
    case "broken": return `something is wrong with the ${directory}/${subdirectory} directory: ${failure.reason}`;
    case "failed": return `unable to control ${directory}: ${failure.reason}`;
  }
}
