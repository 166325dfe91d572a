import { signalName, signalNumber } from "../../formats/signals.ts";
import type { WaitStatus } from "../../formats/wait-status.ts";
import type { Limits } from "./limits.ts";
import { allowed, denied, ended, exiting, received, starting, status, warning } from "./lines.ts";

/** What s6-ipcserverd decides (s6 documentation, s6-ipcserverd): whom it serves, what it says, what a signal does. */

const VERBOSE = 2;

export interface Client {
  readonly uid: number;
  readonly gid: number;
  /** Which of the connections of its user it is, itself included. */
  readonly count: number;
}

export interface Server {
  readonly limits: Limits;
  /** Connections: those that have a child, and those that are about to. */
  connections: number;
  /** Of whom somebody is served, how many. */
  readonly ofUser: Map<number, number>;
  /** Children: pid → user. */
  readonly children: Map<number, number>;
}

export type ServerEvent =
  | { readonly type: "begun" }
  /** A child that was there before: another process had accepted its connection. */
  | { readonly type: "adopted"; readonly pid: number; readonly uid: number }
  /** Somebody has connected. Without asking who, 0 and 0. */
  | { readonly type: "connected"; readonly uid: number; readonly gid: number }
  /** Answers to "serve": one of them comes. */
  | { readonly type: "started"; readonly pid: number; readonly client: Client }
  | { readonly type: "dropped"; readonly client: Client }
  | { readonly type: "ended"; readonly pid: number; readonly waitStatus: WaitStatus }
  | { readonly type: "signal"; readonly signal: number }
  /** Something went wrong, and it goes on. */
  | { readonly type: "trouble"; readonly text: string };

export type ServerEffect =
  /** Start the program on the connection. Answered by "started" or "dropped". */
  | { readonly type: "serve"; readonly client: Client }
  /** Close the connection. */
  | { readonly type: "refuse" }
  /** Whole lines. */
  | { readonly type: "say"; readonly lines: string }
  /** Whether connections are accepted: from the beginning they are. */
  | { readonly type: "accept"; readonly on: boolean }
  /** Every child gets the first signal, then every child the next. */
  | { readonly type: "kill"; readonly pids: readonly number[]; readonly signals: readonly number[] }
  | { readonly type: "exit" };

const NOTHING: readonly ServerEffect[] = [];

const TERM = signalNumber("TERM");
const ASK_TO_END = { signals: [TERM, signalNumber("CONT")], name: "SIGTERM+SIGCONT" } as const;
const END = { signals: [signalNumber("KILL")], name: "SIGKILL" } as const;
const SIGNALS: ReadonlyMap<number, { readonly sends?: typeof ASK_TO_END | typeof END; readonly quits: boolean }> = new Map([
  [TERM, { quits: true }],
  [signalNumber("HUP"), { sends: ASK_TO_END, quits: false }],
  [signalNumber("QUIT"), { sends: ASK_TO_END, quits: true }],
  [signalNumber("ABRT"), { sends: END, quits: true }],
]);

/** What they are for. */
export const SERVER_SIGNALS: readonly number[] = [...SIGNALS.keys()];

export const newServer = (limits: Limits): Server => ({ limits, connections: 0, ofUser: new Map(), children: new Map() });

/** The server is changed in place: to copy thousands of connections for each new one would cost more than it does. */
export function step(server: Server, event: ServerEvent): readonly ServerEffect[] {
  const { limits } = server;
  const isVerbose = limits.verbosity >= VERBOSE;
  switch (event.type) {
    case "begun": return isVerbose ? [{ type: "say", lines: starting() + status(server.connections, limits) }] : NOTHING;
    case "adopted": return adopt(server, event.pid, event.uid);
    case "connected": return admit(server, event.uid, event.gid);
    case "started": {
      const { pid, client } = event;
      server.children.set(pid, client.uid);
      return isVerbose ? [{ type: "say", lines: allowed(pid, client, limits) + status(server.children.size, limits) }] : NOTHING;
    }
    case "dropped": return release(server, event.client.uid);
    case "ended": {
      const { pid, waitStatus } = event;
      const uid = server.children.get(pid);
      if (uid === undefined) return NOTHING;
      server.children.delete(pid);
      const effects = release(server, uid);
      if (!isVerbose) return effects;
      return [{ type: "say", lines: ended(pid, uid, waitStatus, limits) + status(server.children.size, limits) }, ...effects];
    }
    case "signal": return onSignal(server, event.signal, isVerbose);
    case "trouble": return limits.verbosity > 0 ? [{ type: "say", lines: warning(event.text) }] : NOTHING;
  }
}

function adopt(server: Server, pid: number, uid: number): readonly ServerEffect[] {
  const { limits, ofUser, children } = server;
  ofUser.set(uid, (ofUser.get(uid) ?? 0) + 1);
  children.set(pid, uid);
  return ++server.connections === limits.most ? [{ type: "accept", on: false }] : NOTHING;
}

function admit(server: Server, uid: number, gid: number): readonly ServerEffect[] {
  const { limits, ofUser } = server;
  const before = ofUser.get(uid) ?? 0;
  // Whoever is refused is told of at any verbosity.
  if (before >= limits.mostOfUser) return [{ type: "refuse" }, { type: "say", lines: denied({ uid, gid, count: before }, limits) }];
  ofUser.set(uid, before + 1);
  const serve: ServerEffect = { type: "serve", client: { uid, gid, count: before + 1 } };
  return ++server.connections < limits.most ? [serve] : [{ type: "accept", on: false }, serve];
}

function release(server: Server, uid: number): readonly ServerEffect[] {
  const { limits, ofUser } = server;
  const left = (ofUser.get(uid) ?? 0) - 1;
  if (left > 0) ofUser.set(uid, left);
  else ofUser.delete(uid);
  return server.connections-- === limits.most ? [{ type: "accept", on: true }] : NOTHING;
}

function onSignal({ children }: Server, signal: number, isVerbose: boolean): readonly ServerEffect[] {
  const meaning = SIGNALS.get(signal);
  if (meaning === undefined) return NOTHING;
  const { sends, quits } = meaning;
  const effects: ServerEffect[] = [];
  if (isVerbose) effects.push({ type: "say", lines: received(signalName(signal), sends?.name, quits) });
  if (sends !== undefined) effects.push({ type: "kill", pids: [...children.keys()], signals: sends.signals });
  if (quits && isVerbose) effects.push({ type: "say", lines: exiting() });
  if (quits) effects.push({ type: "exit" });
  return effects;
}
