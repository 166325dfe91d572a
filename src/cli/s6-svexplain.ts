import { constants } from "node:fs";
import { ServiceFiles } from "../actors/service-files.ts";
import { type ControlLetter, CONTROLS } from "../formats/control.ts";
import { effectInWords } from "../history/effect-words.ts";
import { lastState } from "../history/last-state.ts";
import { historiesAt, Readers } from "../library/histories.ts";
import { controlFact } from "../machines/supervise/control-fact.ts";
import type { Effect } from "../machines/supervise/effects.ts";
import type { Fact } from "../machines/supervise/facts.ts";
import { stateName, step, type SuperviseState, wants } from "../machines/supervise/step.ts";
import { JournalError } from "../store/journal-error.ts";
import { now } from "../sys/clock.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError, UsageError, warningLine } from "./failures.ts";
import type { Program } from "./program.ts";
import { isSupervised } from "./servicedir.ts";
import { parseCommands } from "./svc-options.ts";

interface Explained {
  readonly letter: ControlLetter;
  readonly from: string;
  readonly to: string;
  readonly effects: readonly Effect[];
  readonly words: readonly string[];
}

export const s6svexplain: Program = {
  name: "s6-svexplain",
  synopsis: "s6-svexplain [ --json ] [ -s signal | -abqhkti12pcyrlPCK ] [ -oduDUxOQ ] servicedir...",
  help: `Says what the supervisors of service directories would do now on the commands that s6-svc sends, in the order given,
and does nothing: the state comes from the journal, the limits and signals from the files, the decision from the machine
that supervises. What s6-svc --explain runs.

  --json  one JSON object per directory

Exit codes: 0 success, 100 wrong usage, 102 no supervisor, 111 system error or no journal.`,
  main({ args, sys, stdout, stderr }) {
    const { letters, servicedirs, json } = parseCommands(withExplain(args));
    if (letters === "") throw new UsageError();
    let exitCode = 0;
    for (const servicedir of servicedirs) {
      if (!isSupervised(sys, servicedir)) {
        stderr(warningLine("s6-svexplain", `unable to control ${servicedir}: supervisor not listening`));
        exitCode = 102;
        continue;
      }
      const state = stateOf(servicedir);
      const explained = explain(sys, servicedir, state, [...letters] as ControlLetter[], (text) => stderr(warningLine("s6-svexplain", text)));
      if (json) stdout(`${JSON.stringify({ service: servicedir, state: stateName(state), commands: explained })}\n`);
      else stdout(describe(servicedir, state, explained).map((line) => `${line}\n`).join(""));
    }
    return exitCode;
  },
};

/** s6-svc passes its own words on, where --json goes with --explain. */
const withExplain = (args: readonly string[]): string[] => ["--explain", ...args.filter((word) => word !== "--explain")];

function stateOf(servicedir: string): SuperviseState {
  try {
    const [history] = historiesAt(servicedir, new Readers());
    const state = history === undefined ? undefined : lastState(history.reader.records(history.id));
    if (state !== undefined) return state;
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    throw new ExitError(111, `unable to learn the state of ${servicedir}: ${error.message}`);
  }
  throw new ExitError(111, `unable to learn the state of ${servicedir}: its last records are missing`);
}

/** Each command meets the state that those before it led to. A start is taken to succeed; 0 stands for its pid. */
function explain(sys: Sys, servicedir: string, first: SuperviseState, letters: readonly ControlLetter[], warn: (text: string) => void): Explained[] {
  const fd = sys.open(servicedir, constants.O_RDONLY | constants.O_DIRECTORY);
  const files = new ServiceFiles(fd, { warn, hint: () => undefined, settled: () => undefined });
  let state = first;
  try {
    return letters.map((letter) => {
      const moment = now();
      const { type, ...details } = controlFact(letter);
      const read = wants(state, type).map((wish) => (wish === "census" ? {} : files.answer(wish))); // no command asks for one
      const from = stateName(state);
      const next = step(state, Object.assign({ type, ...moment, ...details }, ...read) as Fact);
      state = next.state;
      const { effects } = next;
      if (stateName(state) === "starting") state = step(state, { type: "run.spawned", ...moment, pid: 0, notifies: files.has("notification-fd"), pidfile: false }).state;
      return { letter, from, to: stateName(state), effects, words: effects.map((effect) => effectInWords(effect, moment.ms)) };
    });
  } finally {
    sys.closeFd(fd);
  }
}

function describe(servicedir: string, state: SuperviseState, explained: readonly Explained[]): string[] {
  const { pid, wantedUp } = state.context;
  const head = `${servicedir}: ${stateName(state)}${pid === 0 ? "" : ` (pid ${pid})`}, wanted ${wantedUp ? "up" : "down"}`;
  return [head, ...explained.flatMap(({ letter, from, to, words }) => [
    `  -${letter}: ${CONTROLS[letter].help}`,
    ...(words.length === 0 ? ["     nothing"] : words.map((text) => `     ${text}`)),
    ...(from === to ? [] : [`     then it is ${to}`]),
  ])];
}
