import type { SudodCall } from "../../chain/sudod.ts";
import { signalNumber } from "../../formats/signals.ts";
import { exitStatus, signalStatus, type WaitStatus } from "../../formats/wait-status.ts";
import { closeFd } from "../../sys/files.ts";
import type { ParentWorld } from "../daemon/daemon-world.ts";
import { SudoSession } from "./sudo-session.ts";

const [SIGCONT, SIGTERM] = [signalNumber("CONT"), signalNumber("TERM")];

interface Open {
  readonly session: SudoSession;
  readonly connection: number;
  ended(status: WaitStatus): void;
}

/**
 * The s6-sudods of a super-server, one for each connection, without a process: to the server they are children whose numbers are
 * negative.
 */
export class SudoSessions {
  readonly #world: ParentWorld;
  readonly #dirFd: number;
  readonly #open = new Map<number, Open>();
  #last = 0;

  constructor(world: ParentWorld, dirFd: number) {
    this.#world = world;
    this.#dirFd = dirFd;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The connection is the session's from now on. Answers its number. */
  add({ options: { timeoutMs, ...rules }, environment }: SudodCall, connection: number, ended: (status: WaitStatus) => void): number {
    const id = --this.#last;
    const session = new SudoSession({
      rules: { ...rules, environment }, timeoutMs, connection: { input: connection, output: connection },
      world: this.#world, dirFd: this.#dirFd, ended: (code) => this.#close(id, exitStatus(code)),
    });
    this.#open.set(id, { session, connection, ended });
    return id;
  }

  begin(id: number): void {
    this.#open.get(id)?.session.begin();
  }

  /** Kills it, as a signal kills an s6-sudod: the command goes on. */
  kill(id: number, signal: number): void {
    if (signal === SIGCONT) return;
    this.#open.get(id)?.session.drop();
    this.#close(id, signalStatus(signal));
  }

  /** Those whose client has not asked for anything yet. */
  dropIdle(): void {
    for (const [id, { session }] of [...this.#open]) if (!session.hasCommand) this.kill(id, SIGTERM);
  }

  /** Nobody is told anything, the server neither. */
  abandon(): void {
    for (const { session, connection } of this.#open.values()) {
      session.drop();
      closeFd(connection);
    }
    this.#open.clear();
  }

  #close(id: number, status: WaitStatus): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    closeFd(open.connection);
    open.ended(status);
  }
}
