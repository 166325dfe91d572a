import { writeSync } from "node:fs";
import { ownWords } from "../sys/exec.ts";
import { fatalLine } from "./failures.ts";
import { exitNow } from "../sys/process.ts";
import { exitCodeOnProcess, type Program } from "./program.ts";

/** What the main of a daemon answers when it has set itself up: the event loop goes on. */
export const RUNNING = -1;

/** Runs a program that stays. What goes wrong before it runs ends it as it would end any other. */
export function runDaemon(program: Program): void {
  // A defect of ours, as exitCodeOnProcess tells it: Node would exit 1, which is an answer of some.
  process.on("uncaughtException", (error) => {
    if (process.listenerCount("uncaughtException") > 1) return; // it survives some
    writeSync(2, fatalLine(program.name, String(error.stack)));
    exitNow(101);
  });
  const code = exitCodeOnProcess(program);
  if (code !== RUNNING) exitNow(code);
}

/** The same for one whose words are byte strings. */
export const runDaemonOnBytes = (program: Program): void =>
  runDaemon({ ...program, main: (context) => program.main({ ...context, args: ownWords() }) });
