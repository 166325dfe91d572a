import type { AccessRules } from "../../chain/access-rules.ts";
import { signalNumber } from "../../formats/signals.ts";
import { MessageError } from "../../formats/unixmessage.ts";
import type { Held } from "../../machines/fdholder/held.ts";
import { type Effect, Holder, newClient } from "../../machines/fdholder/holder.ts";
import { SystemError } from "../../sys/errors.ts";
import { closeFd } from "../../sys/files.ts";
import { POLL_IN, POLL_OUT } from "../../sys/poller.ts";
import { acceptClient, isHopeless, type StreamClient } from "../../sys/stream-socket.ts";
import type { DaemonWorld } from "../daemon/daemon-world.ts";
import { Connection } from "./connection.ts";
import { Expiry } from "./expiry.ts";
import { type Keeper, type Kept, NO_KEEPER } from "./keeper.ts";
import { rightsFor } from "./rights.ts";

export interface HolderOptions {
  /** 0: only what ends it, 1: what goes wrong, too. */
  readonly verbosity: number;
  readonly mostClients: number;
  readonly mostHeld: number;
  /** How long a client may leave anything unfinished; undefined = for ever. */
  readonly clientMs: number | undefined;
  /** The same for all of them together, after SIGTERM. */
  readonly lameDuckMs: number | undefined;
}

const NAME = "s6-fdholderd";
const [SIGTERM, SIGHUP] = [signalNumber("TERM"), signalNumber("HUP")];
/** Who holds so many that no more can come in waits for one to go, so long. */
const REST_MS = 1000;

/** s6-fdholderd (s6 documentation): clients on the socket that the daemon has as its stdin. */
export class HolderLoop {
  readonly #options: HolderOptions;
  readonly #world: DaemonWorld;
  readonly #rules: AccessRules;
  readonly #keeper: Keeper;
  readonly #holder: Holder;
  readonly #listener: number;
  readonly #expiry: Expiry;
  readonly #clients = new Set<Connection>();
  #isListening = false;
  #isResting = false;
  #isTold = false;
  #isStopping = false;
  #hasEnded = false;

  constructor(options: HolderOptions, world: DaemonWorld, rules: AccessRules, keeper: Keeper = NO_KEEPER) {
    this.#options = options;
    this.#world = world;
    this.#rules = rules;
    this.#keeper = keeper;
    this.#holder = new Holder(options.mostHeld);
    this.#listener = world.fd(0);
    this.#expiry = new Expiry((ms, then) => world.after(ms, then), (date) => {
      this.#perform(undefined, this.#holder.expire(date));
      this.#settle();
    });
  }

  /** `kept`: what the keeper has of a predecessor; each gets a new token, in the same order. */
  begin(kept: readonly Kept[] = []): void {
    for (const entry of kept) {
      const held = this.#holder.restore(entry.fd, entry);
      this.#keeper.kept(held.token, held.fd, held.id, held.date);
    }
    this.#settle();
  }

  signal(signal: number): void {
    if (signal === SIGHUP) this.#reload();
    if (signal !== SIGTERM || this.#isTold) return;
    this.#isTold = true;
    this.#world.after(0, () => this.#stop()); // whoever had gone by then is no client any more
  }

  // -- clients -------------------------------------------------------------------------------------------------------

  #accept(): void {
    let client: StreamClient | undefined;
    try {
      client = acceptClient(this.#listener, true);
    } catch (error) {
      if (error instanceof SystemError && isHopeless(error)) {
        this.#world.stderr(`${NAME}: fatal: unable to accept: ${error.reason}\n`);
        return this.#end(111);
      }
      // C ends here, and all that it holds is lost.
      this.#warn(`unable to accept: ${reasonOf(error)}`);
      this.#isResting = true;
      this.#world.after(REST_MS, () => {
        this.#isResting = false;
        this.#settle();
      });
    }
    if (client !== undefined) this.#welcome(client);
    this.#settle();
  }

  #welcome({ fd, uid, gid }: StreamClient): void {
    const rights = rightsFor(this.#rules, { uid, gid }, (text) => this.#warn(text));
    if (rights === undefined) return this.#close(fd);
    const connection = new Connection(fd, newClient(rights), (lent) => this.#perform(connection, this.#holder.returned(lent)));
    this.#clients.add(connection);
    this.#limit(connection);
    this.#watch(connection);
  }

  #input(connection: Connection): void {
    this.#expiry.look();
    if (this.#hasEnded) return;
    this.#guarded(connection, () => {
      connection.receive();
      this.#serve(connection);
    });
  }

  #output(connection: Connection): void {
    this.#guarded(connection, () => {
      connection.flush();
      if (!connection.isBlocked) connection.cancel?.();
      this.#serve(connection);
    });
  }

  /** Whatever a client does, only its own connection suffers. */
  #guarded(connection: Connection, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof SystemError) this.#warn(`unable to ${error.syscall}: ${error.reason}`);
      else if (!(error instanceof MessageError)) throw error;
      connection.break();
    }
    if (connection.isBroken) this.#dismiss(connection);
    else this.#afterwards(connection);
    this.#settle();
  }

  /** One request after the other, as long as the answers go. */
  #serve(connection: Connection): void {
    while (!connection.isBlocked && !connection.isBroken) {
      const message = connection.next();
      if (message === undefined) return;
      this.#perform(connection, this.#holder.message(connection.client, message));
      connection.cancel?.();
    }
  }

  #afterwards(connection: Connection): void {
    if (connection.cancel === undefined && this.#options.clientMs !== undefined && (connection.isBusy || connection.client.expected > 0)) this.#limit(connection);
    this.#watch(connection);
  }

  #limit(connection: Connection): void {
    const { clientMs } = this.#options;
    if (clientMs === undefined) return;
    const cancel = this.#world.after(clientMs, () => {
      this.#dismiss(connection);
      this.#settle();
    });
    connection.cancel = () => {
      connection.cancel = undefined;
      cancel();
    };
  }

  /** Nothing is read while answers wait, and after SIGTERM nothing of those who have nothing under way. */
  #watch(connection: Connection): void {
    const wanted = connection.isBlocked ? "output" : this.#isStopping && !connection.isBusy ? "nothing" : "input";
    if (wanted === connection.watched) return;
    const { watcher } = this.#world;
    if (connection.watched !== "nothing") watcher.unwatch(connection.fd);
    connection.watched = wanted;
    if (wanted === "input") watcher.watch(connection.fd, POLL_IN, () => this.#input(connection));
    if (wanted === "output") watcher.watch(connection.fd, POLL_OUT, () => this.#output(connection));
  }

  #dismiss(connection: Connection): void {
    connection.break();
    connection.cancel?.();
    if (connection.watched !== "nothing") this.#world.watcher.unwatch(connection.fd);
    connection.watched = "nothing";
    this.#clients.delete(connection);
    for (const fd of connection.orphans) this.#close(fd);
    this.#close(connection.fd);
  }

  // -- descriptors ---------------------------------------------------------------------------------------------------

  #perform(connection: Connection | undefined, effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case "send": this.#send(connection, effect); break;
        case "keep": this.#keep(effect.held); break;
        case "release":
          this.#keeper.dropped(effect.held.token);
          this.#close(effect.held.fd);
          break;
        case "refuse": this.#close(effect.fd); break;
        case "hangUp": connection?.break();
      }
    }
  }

  /** What can't be sent ends its connection, and nothing else: what is lent comes back. */
  #send(connection: Connection | undefined, { message, lent }: Extract<Effect, { type: "send" }>): void {
    try {
      connection?.send(message, lent);
    } catch (error) {
      this.#warn(`unable to send: ${reasonOf(error)}`);
      connection?.break();
    }
  }

  #keep({ token, fd, id, date }: Held): void {
    this.#keeper.kept(token, fd, id, date);
  }

  /** What others gave us may have a word to say when it is closed: a file system that has failed to write. */
  #close(fd: number): void {
    try {
      closeFd(fd);
    } catch (error) {
      this.#warn(`unable to close: ${reasonOf(error)}`);
    }
  }

  // -- the daemon ----------------------------------------------------------------------------------------------------

  #reload(): void {
    try {
      this.#rules.reload();
    } catch (error) {
      this.#warn(`unable to reload rules: ${reasonOf(error)}`);
    }
  }

  /** Those who are in the middle of something may end it. */
  #stop(): void {
    if (this.#hasEnded) return;
    this.#isStopping = true;
    const { lameDuckMs } = this.#options;
    if (lameDuckMs !== undefined) this.#world.after(lameDuckMs, () => this.#end());
    for (const connection of this.#clients) this.#watch(connection);
    this.#settle();
  }

  /** After everything that happens. */
  #settle(): void {
    if (this.#hasEnded) return;
    if (this.#isStopping && !this.#isWaiting()) return this.#end();
    this.#listen(!this.#isStopping && !this.#isResting && this.#clients.size < this.#options.mostClients);
    this.#expiry.await(this.#holder.soonest);
  }

  #isWaiting(): boolean {
    for (const { isBusy } of this.#clients) if (isBusy) return true;
    return false;
  }

  #listen(wanted: boolean): void {
    if (wanted === this.#isListening) return;
    this.#isListening = wanted;
    if (wanted) this.#world.watcher.watch(this.#listener, POLL_IN, () => this.#accept());
    else this.#world.watcher.unwatch(this.#listener);
  }

  /** What is held is lost. */
  #end(failure?: number): void {
    if (this.#hasEnded) return;
    const code = failure ?? (this.#holder.size > 0 ? 1 : 0) + (this.#clients.size > 0 ? 2 : 0);
    this.abandon();
    this.#world.exit(code);
  }

  /** Nothing is watched any more, and nothing is open: the keeper has what it was told of. */
  abandon(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#listen(false);
    this.#expiry.await(undefined);
    for (const connection of [...this.#clients]) this.#dismiss(connection);
    for (const { fd } of this.#holder.all()) this.#close(fd);
  }

  #warn(text: string): void {
    if (this.#options.verbosity > 0) this.#world.stderr(`${NAME}: warning: ${text}\n`);
  }
}

const reasonOf = (error: unknown): string => {
  if (error instanceof SystemError) return error.reason;
  throw error;
};
