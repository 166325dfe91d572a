/** What operations say while they are done; texts are byte strings. */
export interface Speech {
  /** As the program. */
  warn(text: string): void;
  /** A line of its own. */
  say(line: string): void;
}
