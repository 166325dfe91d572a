import { parseUint } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import type { Awaited } from "./awaited.ts";
import { ExitError, unableTo, UsageError, warningLine } from "./failures.ts";
import { awaitLetterOfEach, listen } from "./listener.ts";
import { parseOptions } from "./options.ts";
import { type Context, exitCodeOf, type Program } from "./program.ts";
import { s6svc } from "./s6-svc.ts";
import { s6svstat } from "./s6-svstat.ts";
import { isSupervised, readStatus } from "./servicedir.ts";
import { findCommand, type SvCommand } from "./sv-commands.ts";

const NAME = "s6-alias-sv";
const [DEFAULT_DIR, DEFAULT_SECONDS] = ["/run/service", 7];
/** An exit code must not look like a signal, nor like success. */
const MAX_FAILURES = 99;

export const s6aliassv: Program = {
  name: NAME,
  synopsis: `${NAME} [ -v ] [ -w seconds ] command services...`,
  help: `Does what sv of runit does: sends a command to the supervisors of services, by s6-svc, and tells how they are, by
s6-svstat.

  -v      wait until up, down, once, term, kill or exit have had their effect, then tell how the service is
  -w SEC  wait at most so many seconds (default $SVWAIT, or ${DEFAULT_SECONDS}); implies -v

Commands; the first letter will do:
  status                                     how the service and its logger are
  up, down, once, exit                       exit: the supervisor ends when the service is down
  pause, cont, hup, alarm, interrupt, quit, 1, 2, term, kill
And by their whole names, waiting as with -v:
  start, stop, restart, shutdown             up, down, restart, exit
  try-restart                                restart if it is up
  reload                                     hup
  check                                      wait for the state that is wanted
  force-stop, force-restart, force-shutdown, force-reload, or D, T, X, E: as without force, with a warning: the file
                                             timeout-kill is how s6 gets rid of who does not obey

A service that begins with / or ./ or ../ or ends with / is a path, another one is in $SVDIR (default ${DEFAULT_DIR}) if
it is there.

Exit codes: 0 success, N that many services failed or did not get there in time, 100 wrong usage.`,
  main(context) {
    const { options, operands: [word, ...services] } = parseOptions(context.args, "vw:");
    const environment = process.env["SVWAIT"];
    let seconds = (environment === undefined ? undefined : parseUint(environment)) ?? DEFAULT_SECONDS;
    for (const { name, value } of options) {
      if (name !== "w") continue;
      const given = parseUint(value);
      if (given === undefined) throw new UsageError();
      seconds = given;
    }
    if (word === undefined || services.length === 0) throw new UsageError();
    const command = findCommand(word);
    if (command === undefined) throw new ExitError(100, `unknown command: ${word}`);
    if (command.force) context.stderr(warningLine(NAME, `${word} does not kill: write a timeout-kill file into the service directory for that`));
    // 0 would be no limit to s6-svc.
    const wait = command.lsb || options.length > 0 ? Math.max(1, seconds * 1000) : undefined;
    const failed = services.filter((service) => !perform(context, command, pathOf(context.sys, service), wait));
    return Math.min(failed.length, MAX_FAILURES);
  },
};

function pathOf(sys: Sys, service: string): string {
  if (/^\.{0,2}\/|^\.{1,2}$|\/$/.test(service)) return service;
  const path = `${process.env["SVDIR"] ?? DEFAULT_DIR}/${service}`;
  try {
    return sys.stat(path).isDirectory ? path : service;
  } catch (error) {
    if (error instanceof SystemError) return service;
    throw error;
  }
}

/** False when the service did not do what it should. */
function perform(context: Context, command: SvCommand, servicedir: string, waitMs: number | undefined): boolean {
  if (command.does === "status") return tell(context, servicedir);
  const state = stateOf(context.sys, servicedir);
  const letters = command.does === "restart if up" && state?.up === false ? "" : command.letters;
  if (waitMs === undefined) return svc(context, [`-${letters}`, "--", servicedir]) === 0;

  if (command.does === "exit") return leave(context, command, servicedir, waitMs);
  const awaited = state === undefined ? undefined : awaitedState(command, state);
  const limit = awaited === undefined ? [] : [`-w${awaited}`, "-T", String(waitMs)];
  const orders = letters === "" ? [] : [`-${letters}`];
  const reached = svc(context, [...limit, ...orders, "--", servicedir]) === 0;
  return tell(context, servicedir) && reached;
}

/** Waits for the end of the supervisor, which has no status to be told any more. */
function leave(context: Context, { letters }: SvCommand, servicedir: string, timeoutMs: number): boolean {
  const order = (): boolean => svc(context, [`-${letters}`, "--", servicedir]) === 0;
  if (stateOf(context.sys, servicedir) === undefined) return order();
  try {
    return listen(context.sys, { timeoutMs }, (listener) => {
      unableTo(`subscribe to events for ${servicedir}`, () => listener.subscribe(`${servicedir}/event`));
      if (!order()) return false;
      awaitLetterOfEach(listener, "x");
      return true;
    });
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    context.stderr(warningLine(NAME, `${servicedir}: ${error.message}`));
    tell(context, servicedir);
    return false;
  }
}

const svc = (context: Context, args: readonly string[]): number => exitCodeOf(s6svc, { ...context, args });

interface State {
  readonly up: boolean;
  readonly wantedUp: boolean;
  /** It says when it is ready. */
  readonly notifies: boolean;
}

/** Undefined when there is no supervisor: s6-svc says so. */
function stateOf(sys: Sys, servicedir: string): State | undefined {
  try {
    if (!isSupervised(sys, servicedir)) return undefined;
    const { pid, finishing, wantedUp } = readStatus(sys, servicedir);
    return { up: pid !== 0 && !finishing, wantedUp, notifies: sys.exists(`${servicedir}/notification-fd`) };
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

function awaitedState({ does }: SvCommand, { up, wantedUp, notifies }: State): Awaited | undefined {
  switch (does) {
    case "up": return notifies ? "U" : "u";
    case "once": return "u";
    case "down": return "D";
    case "restart": return notifies ? "R" : "r";
    case "restart if up": return up ? (notifies ? "R" : "r") : undefined;
    // Whoever is wanted up comes back.
    case "end": return !up ? undefined : wantedUp ? "r" : "d";
    case "check": return !wantedUp ? "D" : notifies ? "U" : "u";
    case "exit": case "signal": case "status": return undefined;
  }
}

/** One line for the service, one for its logger. */
function tell(context: Context, servicedir: string): boolean {
  const log = `${servicedir}/log`;
  const hasLog = context.sys.exists(log);
  return [servicedir, ...(hasLog ? [log] : [])].map((each) => {
    const stdout = (text: string | Uint8Array): void => context.stdout(`${each}: ${Buffer.from(text).toString()}`);
    return exitCodeOf(s6svstat, { ...context, stdout, args: ["--", each] }) === 0;
  }).every((isKnown) => isKnown);
}
