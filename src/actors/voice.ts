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
      report(program, "warning", text, stderr);
      if (hint !== undefined) voice.hint(hint);
    },
    hint({ topic, cause, text }) {
      if (told.get(topic) === cause) return;
      told.set(topic, cause);
      report(program, "hint", text, stderr);
    },
    settled: (topic) => void told.delete(topic),
  };
  return voice;
}
