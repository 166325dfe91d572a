import type { Hint } from "../diagnosis/hint.ts";
import { report, STDERR } from "./report.ts";

/** What one supervisor says to people. */
export interface Voice {
  /** A line `s6-supervise NAME: warning: TEXT`, and behind it the hint, if that is news. */
  warn(text: string, hint?: Hint): void;
  /** A hint to something that s6 has no words for. */
  hint(hint: Hint): void;
  /** What such a hint was about is in order now: if it comes back, it is told again. */
  settled(topic: string): void;
}

export function voiceOf(program: string, stderr = STDERR): Voice {
  /** The last cause of each topic: a service that keeps failing must not fill the log. */
  const told = new Map<string, string>();
  const voice: Voice = {
    warn(text, hint) {
      const isWritten = report(program, "warning", text, stderr);
      if (isWritten && hint !== undefined) voice.hint(hint); // else it is kept for the next time
    },
    hint({ topic, cause, text }) {
      if (told.get(topic) === cause) return;
      if (report(program, "hint", text, stderr)) told.set(topic, cause);
    },
    settled: (topic) => void told.delete(topic),
  };
  return voice;
}
