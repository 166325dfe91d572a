import { fatal } from "../../machines/ipcserver/lines.ts";
import type { Limits } from "../../machines/ipcserver/limits.ts";
import { type Client, newServer, type Server, type ServerEffect, type ServerEvent, step } from "../../machines/ipcserver/server.ts";
import { type SudodCall, sudodIn } from "../../chain/sudod.ts";
import type { WaitStatus } from "../../formats/wait-status.ts";
import type { CompiledChain } from "../../sys/compiled-chain.ts";
import { otherwise } from "../../sys/errors.ts";
import { closeFd, statFd, writeFd } from "../../sys/files.ts";
import { boundPath, type StreamClient } from "../../sys/stream-socket.ts";
import type { ChildEars, ChildWish, ParentWorld } from "../daemon/daemon-world.ts";
import { COMMAND } from "../sudo/sudo-session.ts";
import { SudoSessions } from "../sudo/sudo-sessions.ts";
import { type Fate, Handler, type HandlerSetting } from "./handler.ts";
import { Listener } from "./listener.ts";

/** The number of the listening socket. */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
/** No descriptors, no processes, no memory: that changes when a child ends. */
const PASSING = ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"];

export interface ServerSetup extends Omit<HandlerSetting, "localPath"> {
  readonly limits: Limits;
  /** A newline on stdout says that clients can connect. */
  readonly notifies: boolean;
  /** Before the listening socket is closed here; others may have it. */
  released?(): void;
}

/** s6-ipcserverd: accepts, and starts the program for each connection, until a signal ends it. */
export class ServerLoop {
  readonly #setup: ServerSetup;
  readonly #world: ParentWorld;
  readonly #server: Server;
  readonly #handler: Handler;
  readonly #listener: Listener;
  readonly #sessions: SudoSessions;
  /** Of the children, ours. */
  readonly #stderr: number;
  /** Those that are to be started. */
  #wishes: ChildWish[] = [];
  #hasEnded = false;
  #isLingering = false;

  /** Stdin listens, and does not block. */
  constructor(setup: ServerSetup, world: ParentWorld) {
    this.#setup = setup;
    this.#world = world;
    this.#server = newServer(setup.limits);
    const listener = world.fd(STDIN);
    this.#handler = new Handler({ ...setup, localPath: () => boundPath(listener) });
    this.#sessions = new SudoSessions(world, setup.dirFd);
    this.#stderr = world.fd(STDERR);
    this.#listener = new Listener(listener, world, {
      connected: (client) => this.#onClient(client),
      rested: () => this.#start(),
      failed: ({ reason }) => this.#feed({ type: "trouble", text: `unable to accept: ${reason}` }),
      broken: () => this.#end(111, fatal("trouble with socket")),
    });
  }

  begin(): void {
    this.#feed({ type: "begun" });
    const { notifies } = this.#setup;
    if (notifies) otherwise("again", () => writeFd(this.#world.fd(STDOUT), Buffer.from("\n"))); // nobody may want to know
    this.#world.close(STDOUT);
    this.#listener.isWanted = true;
  }

  /** Goes on where another process was. That one may have waited for its last sessions, which are gone with it. */
  resume(): void {
    if (statFd(this.#world.fd(STDIN))?.isSocket !== true) return this.#end(0);
    this.#listener.isWanted = true;
    this.#world.adopt(({ pid, tag }) => {
      const ears = { started: () => undefined, failed: () => undefined };
      // Its session has died with that process, as an s6-sudod that is killed: nobody is connected any more.
      if (tag === COMMAND) return { ...ears, ended: () => undefined };
      this.#feed({ type: "adopted", pid, uid: tag });
      return { ...ears, ended: (waitStatus) => this.#onEnd(pid, waitStatus) };
    });
  }

  /** Nothing is watched any more. */
  abandon(): void {
    this.#stop();
    this.#sessions.abandon();
  }

  /** Whoever waits for the last sessions is told again: it does not wait any more. */
  signal(signal: number): void {
    if (this.#isLingering) return this.#exit(0);
    this.#feed({ type: "signal", signal });
  }

  #feed(event: ServerEvent): void {
    if (this.#hasEnded) return;
    for (const effect of step(this.#server, event)) this.#perform(effect);
  }

  /** But for what concerns the connection that has just come. */
  #perform(effect: ServerEffect): void {
    switch (effect.type) {
      case "say": return this.#world.stderr(effect.lines);
      case "accept":
        this.#listener.isWanted = effect.on;
        return;
      case "kill":
        for (const signal of effect.signals) for (const pid of effect.pids) this.#kill(pid, signal);
        return;
      case "exit": return this.#end(0);
      case "serve": case "refuse": return; // see #onClient
    }
  }

  #kill(pid: number, signal: number): void {
    if (pid < 0) this.#sessions.kill(pid, signal);
    else this.#world.kill(pid, signal);
  }

  #onClient(connection: StreamClient): void {
    let isKept = false;
    try {
      const { asksWho } = this.#server.limits;
      const { uid, gid } = asksWho ? connection : { uid: 0, gid: 0 };
      if (uid < 0) return this.#feed({ type: "trouble", text: "unable to getpeereid" });
      for (const effect of step(this.#server, { type: "connected", uid, gid })) {
        if (effect.type === "serve") isKept = this.#serve(connection, effect.client);
        else this.#perform(effect);
      }
    } finally {
      if (!isKept) closeFd(connection.fd);
    }
  }

  /** Those who have just come. */
  #start(): void {
    const wishes = this.#wishes;
    if (wishes.length === 0) return;
    this.#wishes = [];
    try {
      this.#world.spawnAll(wishes);
    } finally {
      for (const { descriptors } of wishes) closeFd(descriptors.get(STDIN) ?? -1);
    }
  }

  /** Is the connection still needed here? */
  #serve({ fd, path, pid }: StreamClient, client: Client): boolean {
    const { chain, said } = this.#handler.fateOf({ who: this.#server.limits.asksWho ? client : undefined, path });
    const sudod = chain === undefined ? undefined : sudodIn(chain);
    if (chain !== undefined && sudod === undefined) {
      this.#wishes.push(this.#wish(chain, said, fd, client));
      return true;
    }
    this.#say(said, pid); // it has no process of its own
    if (sudod === undefined) this.#feed({ type: "dropped", client });
    else this.#beginSession(sudod, fd, client);
    return sudod !== undefined;
  }

  #say(said: Fate["said"], pid: number): void {
    if (said.length > 0) this.#world.stderr(said.map((line) => line(pid)).join(""));
  }

  #wish(chain: CompiledChain, said: Fate["said"], fd: number, client: Client): ChildWish {
    let pid = 0;
    const descriptors = new Map([[STDIN, fd], [STDOUT, fd]]);
    if (this.#stderr >= 0) descriptors.set(STDERR, this.#stderr);
    const ears: ChildEars = {
      started: (started) => {
        pid = started;
        this.#feed({ type: "started", pid, client });
        this.#say(said, pid);
      },
      failed: ({ code, reason }) => {
        this.#feed({ type: "trouble", text: `unable to spawn ${this.#setup.argv[0] ?? ""}: ${reason}` });
        this.#feed({ type: "dropped", client });
        if (PASSING.includes(code)) this.#listener.pause(); // the next one would be lost like this one
      },
      ended: (waitStatus) => this.#onEnd(pid, waitStatus),
    };
    return { chain, descriptors, tag: client.uid, ears };
  }

  #onEnd(pid: number, waitStatus: WaitStatus): void {
    this.#feed({ type: "ended", pid, waitStatus });
    this.#listener.resume();
  }

  /** What an s6-sudod would do, is done here. */
  #beginSession(call: SudodCall, fd: number, client: Client): void {
    const pid = this.#sessions.add(call, fd, (waitStatus) => {
      this.#onEnd(pid, waitStatus);
      if (this.#isLingering && this.#sessions.size === 0) this.#exit(0);
    });
    this.#feed({ type: "started", pid, client });
    this.#sessions.begin(pid);
  }

  /** Children go on without us. Sessions do not: they are waited for, and nobody else is let in. */
  #end(code: number, lines = ""): void {
    if (this.#hasEnded) return;
    this.#stop();
    if (lines !== "") this.#world.stderr(lines);
    this.#sessions.dropIdle();
    if (code !== 0 || this.#sessions.size === 0) return this.#exit(code);
    this.#isLingering = true;
    this.#setup.released?.();
    this.#world.close(STDIN);
  }

  #stop(): void {
    this.#hasEnded = true;
    this.#listener.isWanted = false;
  }

  #exit(code: number): void {
    this.#isLingering = false;
    this.#world.exit(code);
  }
}
