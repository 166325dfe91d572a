import type { AccessRules } from "../../chain/access-rules.ts";
import { dateDigits, isFar, packDate, type PackedDate } from "../../formats/fdholder.ts";
import { signalNumber } from "../../formats/signals.ts";
import { type Tain, tainSecondsBetween } from "../../formats/tain.ts";
import { MessageError } from "../../formats/unixmessage.ts";
import type { Held } from "../../machines/fdholder/held.ts";
import { type Effect, Holder, newClient, type Rights } from "../../machines/fdholder/holder.ts";
import { now } from "../../sys/clock.ts";
import { SystemError } from "../../sys/errors.ts";
import { closeFd } from "../../sys/files.ts";
import { POLL_IN, POLL_OUT } from "../../sys/poller.ts";
import { getegid, geteuid } from "../../sys/process.ts";
import { acceptClient, type StreamClient } from "../../sys/stream-socket.ts";
import type { DaemonWorld } from "../daemon/daemon-world.ts";
import { Connection } from "./connection.ts";
import { InvalidRights, rightsOf } from "./rights.ts";

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

/** Who keeps count of what is held, so that it can be there for a successor. */
export interface Keeper {
  /** `token` is its name; the descriptor is open until dropped() of that. */
  kept(token: number, fd: number, id: string, expiry: PackedDate): void;
  dropped(token: number): void;
}

/** What a predecessor has left. */
export interface Kept {
  readonly fd: number;
  readonly id: string;
  readonly date: PackedDate;
}

const NAME = "s6-fdholderd";
const NO_KEEPER: Keeper = { kept: () => undefined, dropped: () => undefined };
const [SIGTERM, SIGHUP] = [signalNumber("TERM"), signalNumber("HUP")];
/** Who holds so many that no more can come in waits for one to go, so long. */
const REST_MS = 1000;
/** setTimeout's own limit. */
const LONGEST_MS = 0x7fffffff;

/** s6-fdholderd (s6 documentation): clients on the socket that the daemon has as its stdin. */
export class HolderLoop {
  readonly #options: HolderOptions;
  readonly #world: DaemonWorld;
  readonly #rules: AccessRules;
  readonly #keeper: Keeper;
  readonly #holder: Holder;
  readonly #listener: number;
  readonly #clients = new Set<Connection>();
  #isListening = false;
  #isResting = false;
  #isStopping = false;
  #hasEnded = false;
  /** For which date the alarm is set. */
  #awaited: PackedDate | undefined;
  #cancelAlarm: (() => void) | undefined;

  constructor(options: HolderOptions, world: DaemonWorld, rules: AccessRules, keeper: Keeper = NO_KEEPER) {
    this.#options = options;
    this.#world = world;
    this.#rules = rules;
    this.#keeper = keeper;
    this.#holder = new Holder(options.mostHeld);
    this.#listener = world.fd(0);
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
    if (signal === SIGTERM && !this.#isStopping) this.#stop();
  }

  // -- clients -------------------------------------------------------------------------------------------------------

  #accept(): void {
    let client: StreamClient | undefined;
    try {
      client = acceptClient(this.#listener, true);
    } catch (error) {
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
    const rights = this.#rightsOf(uid, gid);
    if (rights === undefined) return this.#close(fd);
    const connection = new Connection(fd, newClient(rights), (lent) => this.#perform(connection, this.#holder.returned(lent)));
    this.#clients.add(connection);
    this.#limit(connection);
    this.#watch(connection);
  }

  /** undefined: it may not even connect. */
  #rightsOf(uid: number, gid: number): Rights | undefined {
    if (uid < 0) return undefined; // the kernel does not tell
    try {
      const verdict = this.#rules.lookup({ uid, gid }, { uid: geteuid(), gid: getegid() });
      if (verdict.type !== "allow") return undefined;
      if (verdict.exec !== undefined) this.#warn(`unused exec string in rules for uid ${uid} gid ${gid}`);
      return rightsOf(verdict.env);
    } catch (error) {
      if (error instanceof InvalidRights) this.#warn(error.message);
      else this.#warn(`error while checking rules: ${reasonOf(error)}`);
      return undefined;
    }
  }

  #input(connection: Connection): void {
    if (this.#awaited !== undefined) this.#perform(undefined, this.#holder.expire(today()));
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
        case "send": connection?.send(effect.message, effect.lent); break;
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
    const { soonest } = this.#holder;
    if (soonest !== this.#awaited && (this.#awaited !== undefined || (soonest !== undefined && !isFar(soonest)))) this.#setAlarm(soonest);
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

  #setAlarm(soonest: PackedDate | undefined): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    this.#awaited = soonest === undefined || isFar(soonest) ? undefined : soonest;
    if (this.#awaited === undefined) return;
    const ms = Math.ceil(1000 * tainSecondsBetween(now().at, dateDigits(this.#awaited) as Tain));
    this.#cancelAlarm = this.#world.after(Math.min(Math.max(ms, 1), LONGEST_MS), () => {
      this.#awaited = undefined;
      this.#perform(undefined, this.#holder.expire(today()));
      this.#settle();
    });
  }

  /** What is held is lost. */
  #end(): void {
    if (this.#hasEnded) return;
    const code = (this.#holder.size > 0 ? 1 : 0) + (this.#clients.size > 0 ? 2 : 0);
    this.abandon();
    this.#world.exit(code);
  }

  /** Nothing is watched any more, and nothing is open: the keeper has what it was told of. */
  abandon(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#listen(false);
    this.#cancelAlarm?.();
    for (const connection of [...this.#clients]) this.#dismiss(connection);
    for (const { fd } of this.#holder.all()) this.#close(fd);
  }

  #warn(text: string): void {
    if (this.#options.verbosity > 0) this.#world.stderr(`${NAME}: warning: ${text}\n`);
  }
}

const today = (): PackedDate => packDate(now().at);
const reasonOf = (error: unknown): string => {
  if (error instanceof SystemError) return error.reason;
  throw error;
};
