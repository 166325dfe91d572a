import { hostedHolder } from "../actors/fdholder/hosted-holder.ts";
import { hostedServer } from "../actors/ipcserver/hosted-server.ts";
import { hostedLog } from "../actors/log/hosted-log.ts";
import { hostedSocklog } from "../actors/socklog/hosted-socklog.ts";
import { SharedHost, type Serve, type Served } from "../actors/shared-host/shared-host.ts";
import { SystemError } from "../sys/errors.ts";
import { writeFd } from "../sys/files.ts";
import { UNLIMITED } from "../sys/limits.ts";
import { canWrite } from "../sys/poller.ts";
import { exitNow, setName } from "../sys/process.ts";
import { RUNNING } from "./daemon.ts";
import { fatalLine } from "./failures.ts";
import { exitCodeOf, type Program } from "./program.ts";
import * as realSys from "../sys/real-sys.ts";
import { holderSetup, s6fdholderd } from "./s6-fdholderd.ts";
import { s6ipcserverd, serverSetup } from "./s6-ipcserverd.ts";
import { logOptions, s6log } from "./s6-log.ts";
import { s6socklog, socklogSetup } from "./s6-socklog.ts";
import { exitErrorOf } from "./start-failure.ts";

/** Where native/launcher/connect-host.c has put the listening socket. */
const LISTENER = 3;

/** A program whose main does its work for a thin process; it answers undefined when that can't be. */
function serving(program: Program, begin: (context: Parameters<Program["main"]>[0], ...args: Parameters<Serve>) => Served | undefined): Serve {
  return (thin, turns, ended) => {
    let served: Served | undefined;
    const write = (fd: number, text: string | Uint8Array): void => writeSome(fd, Buffer.from(text));
    const context = { args: thin.papers.args, sys: realSys, stdout: (text: string | Uint8Array) => write(thin.stdout, text), stderr: (text: string) => write(thin.stderr, text) };
    const main = (): number => {
      try {
        served = begin(context, thin, turns, ended);
      } catch (error) {
        throw exitErrorOf(error);
      }
      return RUNNING;
    };
    const code = exitCodeOf({ ...program, main }, context);
    if (code === RUNNING) return served ?? "refused";
    thin.exit(code);
    return "ended";
  };
}

/** What a program says before it runs; others are served here, so nobody is waited for who does not read. */
function writeSome(fd: number, bytes: Uint8Array): void {
  try {
    if (canWrite(fd)) writeFd(fd, bytes);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
  }
}

/** One that is started with 0, 1, 2 closed is no thin process. */
const NONE_CLOSED: readonly number[] = [];

const programs = new Map<string, Serve>([
  [s6log.name, serving(s6log, (context, thin, turns, ended) => hostedLog(thin, turns, logOptions(context, thin.inherited), ended))],
  [s6fdholderd.name, serving(s6fdholderd, (_context, thin, turns, ended) => {
    const { softNofile, words } = thin.papers;
    return hostedHolder(thin, turns, holderSetup(words, softNofile < 0 ? UNLIMITED : BigInt(softNofile)), ended);
  })],
  [s6ipcserverd.name, serving(s6ipcserverd, (_context, thin, turns, ended) =>
    hostedServer(thin, turns, serverSetup(thin.papers.words), ended))],
  [s6socklog.name, serving(s6socklog, ({ args, stderr }, thin, turns, ended) => {
    const variable = (name: string) => variableIn(thin.papers.environment, name);
    const setup = socklogSetup({ args, closed: NONE_CLOSED, inherited: thin.inherited, variable });
    return hostedSocklog(thin, turns, setup, (code, reason) => {
      if (reason !== undefined) stderr(fatalLine(s6socklog.name, reason));
      thin.exit(code, ended);
    });
  })],
]);

function variableIn(environment: readonly string[], name: string): string | undefined {
  return environment.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
}

setName("s6-actors-host");
const host = new SharedHost(LISTENER, programs, () => exitNow(0));
process.on("uncaughtException", (error) => {
  host.lastWords(fatalLine("s6-actors-host", String(error.stack)));
  exitNow(111);
});
host.begin();
