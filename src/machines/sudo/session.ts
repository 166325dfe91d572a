import { makeSudoStatus, parseSudoRequest, REQUEST_DESCRIPTORS, SERVER_BANNER, STARTED } from "../../formats/sudo.ts";
import type { WaitStatus } from "../../formats/wait-status.ts";
import { mergedEnvironment } from "./merged-environment.ts";

/**
 * s6-sudod's session with one client (s6 documentation, s6-sudod): it is greeted, asks for a command once, is told that this was
 * started, and how it ended. The client is trusted with nothing: what is started at all is decided here, on a whole and
 * valid request.
 */
export type SudoState =
  | { readonly phase: "listening" }
  | { readonly phase: "starting" }
  | { readonly phase: "running"; readonly pid: number }
  | { readonly phase: "over" };

/** What s6-sudod was started with. Byte strings. */
export interface SudoRules {
  /** The command begins with it. */
  readonly words: readonly string[];
  /** NAME=VALUE. */
  readonly environment: readonly string[];
  /** In place of what the client sent. */
  readonly nullStdin: boolean;
  readonly nullStdout: boolean;
  readonly ownStderr: boolean;
  /** The command ends with its client. */
  readonly watchesClient: boolean;
}

export type SudoEvent =
  | { readonly type: "connected" }
  /** The first whole message, with the descriptors that belong to it. */
  | { readonly type: "message"; readonly body: Uint8Array; readonly fds: readonly number[] }
  /** More descriptors have come than any request has. */
  | { readonly type: "flooded" }
  /** There will be no message. */
  | { readonly type: "unreadable"; readonly reason: string }
  /** Something that was to be sent did not go. */
  | { readonly type: "unsendable"; readonly reason: string }
  | { readonly type: "timedOut"; readonly reason: string }
  | { readonly type: "started"; readonly pid: number }
  /** `message`: what follows `s6-sudod: fatal: `. */
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "ended"; readonly status: WaitStatus }
  /** The client has closed its connection. */
  | { readonly type: "hungUp" };

/** One of the command's: the client's, or /dev/null, or ours. */
export type Stdio = { readonly client: number } | "null" | "own";

export type SudoEffect =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  | { readonly type: "spawn"; readonly words: readonly string[]; readonly environment: readonly string[]; readonly stdio: readonly [stdin: Stdio, stdout: Stdio, stderr: Stdio] }
  /** The client's; behind the spawn, which has its own by then. */
  | { readonly type: "close"; readonly fds: readonly number[] }
  | { readonly type: "watch"; readonly what: "request" | "nothing" | "hangUp" }
  | { readonly type: "terminate"; readonly pid: number }
  /** The last one. `message`: what follows `s6-sudod: fatal: `. */
  | { readonly type: "end"; readonly code: 0 | 1 | 100 | 111; readonly message?: string };

type Step = readonly [state: SudoState, effects: readonly SudoEffect[]];

export const CONNECTED: SudoState = { phase: "listening" };
const OVER: SudoState = { phase: "over" };

const end = (code: 0 | 1 | 100 | 111, message?: string, before: readonly SudoEffect[] = []): Step =>
  [OVER, [...before, message === undefined ? { type: "end", code } : { type: "end", code, message }]];

/** What is no news in a phase, is none: an event may have been under way when the session went on. */
export function step(state: SudoState, event: SudoEvent, rules: SudoRules): Step {
  switch (state.phase) {
    case "listening": return listen(state, event, rules);
    case "starting": return start(state, event, rules);
    case "running": return run(state, event, rules);
    case "over": return [state, event.type === "message" ? [{ type: "close", fds: event.fds }] : []];
  }
}

function listen(state: SudoState, event: SudoEvent, rules: SudoRules): Step {
  switch (event.type) {
    case "connected": return [state, [{ type: "watch", what: "request" }, { type: "send", bytes: SERVER_BANNER }]];
    case "message": return request(event.body, event.fds, rules);
    case "flooded": return end(100, `client did not send ${REQUEST_DESCRIPTORS} fds`);
    case "unreadable": case "timedOut": return end(111, `unable to read message from client: ${event.reason}`);
    case "unsendable": return end(111, `unable to write banner to client: ${event.reason}`);
    case "started": case "failed": case "ended": case "hungUp": return [state, []];
  }
}

function request(body: Uint8Array, fds: readonly number[], rules: SudoRules): Step {
  const close: SudoEffect = { type: "close", fds };
  const [stdin, stdout, stderr] = fds;
  if (stdin === undefined || stdout === undefined || stderr === undefined || fds.length !== REQUEST_DESCRIPTORS) return end(100, `client did not send ${REQUEST_DESCRIPTORS} fds`, [close]);
  const asked = parseSudoRequest(body);
  if ("fault" in asked) return end(asked.exitCode, asked.fault, asked.answer === undefined ? [close] : [close, { type: "send", bytes: Uint8Array.of(asked.answer) }]);
  const words = [...rules.words, ...asked.args];
  if (words.length === 0) return end(100, "client and server args both empty", [close]);
  const stdio = [rules.nullStdin ? "null" : { client: stdin }, rules.nullStdout ? "null" : { client: stdout }, rules.ownStderr ? "own" : { client: stderr }] as const;
  return [{ phase: "starting" }, [
    { type: "watch", what: "nothing" },
    { type: "spawn", words, environment: mergedEnvironment(rules.environment, asked.variables), stdio },
    close,
  ]];
}

function start(state: Extract<SudoState, { phase: "starting" }>, event: SudoEvent, { watchesClient }: SudoRules): Step {
  switch (event.type) {
    case "started":
      return [{ phase: "running", pid: event.pid }, [...(watchesClient ? [{ type: "watch", what: "hangUp" } as const] : []), { type: "send", bytes: Uint8Array.of(STARTED) }]];
    // The client is not answered.
    case "failed": return end(111, event.message);
    case "message": return [state, [{ type: "close", fds: event.fds }]];
    case "connected": case "flooded": case "unreadable": case "unsendable": case "timedOut": case "ended": case "hungUp": return [state, []];
  }
}

function run(state: Extract<SudoState, { phase: "running" }>, event: SudoEvent, { watchesClient }: SudoRules): Step {
  switch (event.type) {
    case "ended": return [OVER, [{ type: "send", bytes: makeSudoStatus(event.status) }, { type: "end", code: 0 }]];
    // Who does not even take the confirmation is gone.
    case "hungUp": case "unsendable": return watchesClient ? end(1, undefined, [{ type: "terminate", pid: state.pid }]) : [state, []];
    case "message": return [state, [{ type: "close", fds: event.fds }]];
    case "connected": case "flooded": case "unreadable": case "timedOut": case "started": case "failed": return [state, []];
  }
}
