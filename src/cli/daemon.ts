import { exitCodeOnProcess, type Program } from "./program.ts";

/** What the main of a daemon answers when it has set itself up: the event loop goes on. */
export const RUNNING = -1;

/** Runs a program that stays. What goes wrong before it runs ends it as it would end any other. */
export function runDaemon(program: Program): void {
  const code = exitCodeOnProcess(program);
  if (code !== RUNNING) process.exit(code);
}
