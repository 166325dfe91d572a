import { exitCode, termSignal, type WaitStatus } from "../../formats/wait-status.ts";
import type { Limits } from "./limits.ts";

/** What s6-ipcserverd says (s6 documentation, s6-ipcserverd): whole lines. */

const NAME = "s6-ipcserverd";
const UNKNOWN = "?";

const info = (text: string): string => `${NAME}: info: ${text}\n`;
export const warning = (text: string): string => `${NAME}: warning: ${text}\n`;
export const fatal = (text: string): string => `${NAME}: fatal: ${text}\n`;

export const starting = (): string => info("starting");
export const exiting = (): string => info("exiting");
export const status = (connections: number, { most }: Limits): string => info(`status: ${connections}/${most}`);

interface Said {
  readonly uid: number;
  readonly gid: number;
  readonly count: number;
}

const who = ({ uid, gid }: Said, { asksWho }: Limits): string => (asksWho ? `${uid}:${gid}` : `${UNKNOWN}:${UNKNOWN}`);
const counted = ({ count }: Said, { asksWho, mostOfUser }: Limits): string => `count ${asksWho ? count : UNKNOWN}/${mostOfUser}`;

/** Of a process, or of a session, which has none. */
const numbered = (pid: number): string => (pid < 0 ? `session ${-pid}` : `pid ${pid}`);
export const allowed = (pid: number, said: Said, limits: Limits): string => info(`allow ${who(said, limits)} ${numbered(pid)} ${counted(said, limits)}`);
/** C has the text of whatever errno was left behind it. */
export const denied = (said: Said, limits: Limits): string => info(`deny ${who(said, limits)} ${counted(said, limits)}`);

export function ended(pid: number, uid: number, waitStatus: WaitStatus, { asksWho }: Limits): string {
  const signal = termSignal(waitStatus);
  return info(`end ${numbered(pid)} uid ${asksWho ? uid : UNKNOWN} ${signal !== 0 ? `signal ${signal}` : `exitcode ${exitCode(waitStatus)}`}`);
}

export const received = (signal: string, sending: string | undefined, quits: boolean): string =>
  info(`received SIG${signal}, ${[...(sending === undefined ? [] : [`sending ${sending} to all connections`]), ...(quits ? ["quitting"] : [])].join(" and ")}`);
