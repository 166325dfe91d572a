import { signLetters } from "../formats/sender.ts";
import { SystemError } from "../sys/system-error.ts";
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

/** Sends letters to a supervisor; one that keeps a journal is told who sends them. `command`: our own words. */
export function sendCommand(sys: Sys, servicedir: string, letters: string, command: readonly string[]): ControlOutcome {
  const isSigned = letters !== "" && keepsJournal(sys, servicedir);
  const sender = { uid: sys.getuid(), pid: sys.pid(), command: command.join(" ") };
  return sys.sendControl(servicedir, "supervise", isSigned ? signLetters(letters, sender) : letters);
}

function keepsJournal(sys: Sys, servicedir: string): boolean {
  try {
    return sys.exists(`${servicedir}/supervise/journal`);
  } catch (error) {
    if (error instanceof SystemError) return false; // sendControl says what is wrong
    throw error;
  }
}
