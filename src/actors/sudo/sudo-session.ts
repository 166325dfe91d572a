import { constants } from "node:fs";
import { compileChild } from "../../chain/compile.ts";
import { Environment } from "../../chain/environment.ts";
import type { Parse } from "../../chain/operation.ts";
import { COMPILED_PROGRAMS } from "../../chain/script-programs.ts";
import { Decline } from "../../chain/step-compiler.ts";
import { signalNumber } from "../../formats/signals.ts";
import { MOST_REQUEST_BYTES, REQUEST_DESCRIPTORS } from "../../formats/sudo.ts";
import { MessageError, MessageReader } from "../../formats/unixmessage.ts";
import { CONNECTED, type Stdio, step, type SudoEffect, type SudoEvent, type SudoRules, type SudoState } from "../../machines/sudo/session.ts";
import type { CompiledChain } from "../../sys/compiled-chain.ts";
import { strerror, SystemError, unless } from "../../sys/errors.ts";
import { AT_FDCWD, closeFd, openAt, writeFd } from "../../sys/files.ts";
import { receiveBytes, sendBytes } from "../../sys/messages.ts";
import { POLL_IN } from "../../sys/poller.ts";
import * as realSys from "../../sys/real-sys.ts";
import type { ParentWorld } from "../daemon/daemon-world.ts";
import { attempt, StartError } from "../start-error.ts";

/** To receive into, for all sessions of this thread: what comes is copied. */
const chunk = Buffer.allocUnsafeSlow(65_536);
/** A command that has more bytes is executed as it is: its client may not keep the others waiting while it is compiled. */
const MOST_COMPILED = 65_536;
const HANG_UPS_ONLY = 0;
/** The tag of commands, for whoever comes after a host that died, and with it their sessions. It is nobody's uid. */
export const COMMAND = 0xffffffff;
/** What the C library says when nothing went wrong: to s6 a client that is gone is no error. */
const ENDED = "Success";
const [SIGTERM, SIGCONT] = [signalNumber("TERM"), signalNumber("CONT")];
const { O_RDONLY, O_WRONLY } = constants;

export interface SudoSetting {
  readonly rules: SudoRules;
  /** Until the command is started; undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** A connected socket, or two that lead to the same: the caller's to close, once the session has ended. */
  readonly connection: { readonly input: number; readonly output: number };
  readonly world: Pick<ParentWorld, "watcher" | "fd" | "after" | "stderr" | "spawn" | "kill">;
  /** Where relative paths begin. */
  readonly dirFd?: number;
  /** Once; what s6-sudod would exit with. */
  ended(code: number): void;
}

/** s6-sudod for one client. Any number of them live in one loop: none of them waits. */
export class SudoSession {
  readonly #setting: SudoSetting;
  #state: SudoState = CONNECTED;
  #reader: MessageReader | undefined = new MessageReader(MOST_REQUEST_BYTES);
  #watches = false;
  #cancel: () => void = () => undefined;
  readonly #events: SudoEvent[] = [];
  #isBusy = false;

  constructor(setting: SudoSetting) {
    this.#setting = setting;
  }

  /** One runs, or is about to. */
  get hasCommand(): boolean {
    return this.#state.phase === "running" || this.#state.phase === "starting";
  }

  begin(): void {
    const { timeoutMs, world } = this.#setting;
    if (timeoutMs !== undefined) this.#cancel = world.after(timeoutMs, () => this.#take({ type: "timedOut", reason: strerror("ETIMEDOUT") }));
    this.#take({ type: "connected" });
  }

  /** What a signal does to an s6-sudod: nobody is told anything, and the command goes on. */
  drop(): void {
    if (this.#state.phase === "over") return;
    this.#state = { phase: "over" };
    this.#listenNoMore();
    this.#unwatch();
  }

  /** One after the other: what an effect brings about comes when the others are performed. */
  #take(event: SudoEvent): void {
    this.#events.push(event);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        const [state, effects] = step(this.#state, next, this.#setting.rules);
        this.#state = state;
        for (const effect of effects) this.#perform(effect);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #perform(effect: SudoEffect): void {
    const { connection: { input }, world, ended } = this.#setting;
    switch (effect.type) {
      case "send": return this.#send(effect.bytes);
      case "spawn": return this.#spawn(effect.words, effect.environment, effect.stdio);
      case "close": for (const fd of effect.fds) closeFd(fd); return;
      case "watch":
        this.#unwatch();
        if (effect.what !== "request") this.#listenNoMore();
        if (effect.what === "nothing") return;
        this.#watches = true;
        if (effect.what === "request") this.#listen();
        else world.watcher.watch(input, HANG_UPS_ONLY, () => this.#take({ type: "hungUp" }));
        return;
      case "terminate":
        world.kill(effect.pid, SIGTERM);
        world.kill(effect.pid, SIGCONT);
        return;
      case "end":
        this.#unwatch();
        this.#listenNoMore();
        if (effect.message !== undefined) world.stderr(`s6-sudod: fatal: ${effect.message}\n`);
        ended(effect.code);
    }
  }

  /** Files and the like are never waited for, and no request comes from them. */
  #listen(): void {
    const { connection: { input }, world } = this.#setting;
    if (unless(["EPERM"], () => (world.watcher.watch(input, POLL_IN, () => this.#receive()), true)) === true) return;
    this.#watches = false;
    this.#take({ type: "unreadable", reason: strerror("ENOTSOCK") });
  }

  #unwatch(): void {
    if (this.#watches) this.#setting.world.watcher.unwatch(this.#setting.connection.input);
    this.#watches = false;
  }

  /** Descriptors that no message has taken are nobody's. */
  #listenNoMore(): void {
    this.#cancel();
    for (const fd of this.#reader?.fds ?? []) closeFd(fd);
    this.#reader = undefined;
  }

  /** A few bytes to a socket that has room for thousands: whatever does not go at once will never go. */
  #send(bytes: Uint8Array): void {
    const { output } = this.#setting.connection;
    const sent = orReason(() => unless(["ENOTSOCK"], () => sendBytes(output, bytes)) ?? writeFd(output, bytes));
    if (sent === bytes.length) return;
    this.#take({ type: "unsendable", reason: typeof sent === "object" ? sent.reason : strerror(sent === "broken" ? "EPIPE" : "EAGAIN") });
  }

  /** Once for each time that something is there: other sessions wait, too. */
  #receive(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const got = orReason(() => receiveBytes(this.#setting.connection.input, chunk));
    if (got === "again") return;
    if (got === "broken") return this.#take({ type: "unreadable", reason: "connection reset, or its descriptors could not be received" });
    if ("reason" in got) return this.#take({ type: "unreadable", reason: got.reason });
    if (got.count === 0) return this.#take({ type: "unreadable", reason: ENDED });
    try {
      reader.feed(chunk.subarray(0, got.count), got.fds);
      if (reader.fds.length > REQUEST_DESCRIPTORS) return this.#take({ type: "flooded" });
      const message = reader.next();
      if (message !== undefined) this.#take({ type: "message", ...message });
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#take({ type: "unreadable", reason: strerror("EPROTO") });
    }
  }

  #spawn(words: readonly string[], environment: readonly string[], stdio: readonly Stdio[]): void {
    const { world } = this.#setting;
    const [word = ""] = words;
    const failed = (message: string): void => this.#take({ type: "failed", message });
    const opened: number[] = [];
    const fdOf = (one: Stdio, number: number): number => {
      if (typeof one === "object") return one.client;
      if (one === "own") return world.fd(2);
      const [mode, purpose] = number === 0 ? [O_RDONLY, "reading"] : [O_WRONLY, "writing"];
      opened.push(attempt(`open /dev/null for ${purpose}`, () => openAt(AT_FDCWD, "/dev/null", mode)));
      return opened.at(-1) ?? -1;
    };
    try {
      const descriptors = new Map(stdio.map((one, number) => [number, fdOf(one, number)] as const).filter(([, fd]) => fd >= 0));
      world.spawn(attempt(`spawn ${word}`, () => this.#compiled(words, environment)), descriptors, COMMAND, {
        started: (pid) => this.#take({ type: "started", pid }),
        failed: ({ reason }) => failed(`unable to spawn ${word}: ${reason}`),
        ended: (status) => this.#take({ type: "ended", status }),
      });
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      failed(error.message);
    } finally {
      for (const fd of opened) closeFd(fd);
    }
  }

  #compiled(words: readonly string[], environment: readonly string[]): CompiledChain {
    const { rules, dirFd = AT_FDCWD } = this.#setting;
    const size = words.reduce((sum, word) => sum + word.length + 1, 0);
    const programs = size > MOST_COMPILED ? new Map<string, Parse>() : programsBefore(words.length - rules.words.length);
    const path = new Environment(rules.environment).get("PATH");
    return compileChild(words, path, false, { sys: realSys, dirFd, environment, programs, parsed: new Map() });
  }
}

/** Those that the server's own words name: what a client has chosen is not worked out in this process. `asked`: its words, the last ones. */
function programsBefore(asked: number): ReadonlyMap<string, Parse> {
  const before = (parse: Parse): Parse => (args, strict) => {
    if (args.length < asked) throw new Decline("a client has chosen it");
    return parse(args, strict);
  };
  return new Map(Array.from(COMPILED_PROGRAMS, ([name, parse]) => [name, before(parse)]));
}

/** What `action` answers, or why a system call in it failed. */
function orReason<T>(action: () => T): T | { readonly reason: string } {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError) return { reason: error.reason };
    throw error;
  }
}
