import {
  codeAnswer, type DumpEntry, dumpMessage, getDumpAnswer, listAnswer, type PackedDate, parseRequest, type Request, setDumpAnswer,
} from "../../formats/fdholder.ts";
import { frame, MOST_DESCRIPTORS, type UnixMessage } from "../../formats/unixmessage.ts";
import { type Held, HeldTable } from "./held.ts";

/**
 * What a client may do, by the ids that it may do it with. To store is to delete, too.
 */
export interface Rights {
  mayStore(id: string): boolean;
  mayRetrieve(id: string): boolean;
  readonly mayList: boolean;
  readonly mayGetDump: boolean;
  readonly maySetDump: boolean;
}

/** A connection, as the holder knows it. */
export interface Client {
  readonly rights: Rights;
  /** Descriptors that are still to come in a dump. */
  expected: number;
}

export const newClient = (rights: Rights): Client => ({ rights, expected: 0 });

export type Effect =
  /** A message to the client; `lent` go along, and are to be given back by returned() when they have gone, or never will. */
  | { readonly type: "send"; readonly message: Uint8Array; readonly lent: readonly Held[] }
  /** This one is the holder's from now on. */
  | { readonly type: "keep"; readonly held: Held }
  /** Nothing refers to it any more: it is to be closed. */
  | { readonly type: "release"; readonly held: Held }
  /** It came, and is not wanted. */
  | { readonly type: "refuse"; readonly fd: number }
  /** The client does not speak the protocol: the connection ends. */
  | { readonly type: "hangUp" };

/** Linux numbers, whatever system this runs on: they go over the wire. */
export const [OK, EPERM, ENOENT, EAGAIN, EBUSY, ENFILE] = [0, 1, 2, 11, 16, 23];

const NONE: readonly Held[] = [];
const HANG_UP: Effect = { type: "hangUp" };
/** Sent so often that they are made once. */
const ANSWERS = new Map([OK, EPERM, ENOENT, EAGAIN, EBUSY, ENFILE].map((code) => [code, [answerOf(code)] as const]));
const [OK_EFFECT] = answers(OK);
const GIVING = frame(codeAnswer(OK), 1);

function answerOf(code: number): Effect {
  return sending(codeAnswer(code));
}

function answers(code: number): readonly [Effect] {
  return ANSWERS.get(code) ?? [answerOf(code)];
}

/**
 * An fd-holder (s6 documentation, s6-fdholderd): messages of clients and the passing of time become effects. Each descriptor
 * that comes is kept or refused, and each that was kept is released, once, when it is neither listed nor lent.
 */
export class Holder {
  readonly #table = new HeldTable();
  readonly #most: number;

  /** `most`: how many are held at the same time. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#table.size;
  }

  get soonest(): PackedDate | undefined {
    return this.#table.soonest;
  }

  all(): IterableIterator<Held> {
    return this.#table.all();
  }

  /** What was held before, by whoever comes after another. */
  restore(fd: number, entry: DumpEntry): Held {
    return this.#table.add(fd, entry);
  }

  message(client: Client, { body, fds }: UnixMessage): readonly Effect[] {
    const request = parseRequest(body, fds.length);
    if (request === undefined || (client.expected > 0 && request.type !== "dumpData")) return [...refusals(fds), HANG_UP];
    return this.#request(client, request, fds);
  }

  /** All whose date has come. */
  expire(now: PackedDate): readonly Effect[] {
    const effects: Effect[] = [];
    for (let held = this.#table.due(now); held !== undefined; held = this.#table.due(now)) this.#drop(held, effects);
    return effects;
  }

  /** A message that carried these has gone, or never will. */
  returned(lent: readonly Held[]): readonly Effect[] {
    const effects: Effect[] = [];
    for (const held of lent) {
      held.loans--;
      if (held.loans === 0 && !held.isListed) effects.push({ type: "release", held });
    }
    return effects;
  }

  #request(client: Client, request: Request, fds: readonly number[]): readonly Effect[] {
    const { rights } = client;
    switch (request.type) {
      case "store": return this.#store(rights, request, fds);
      case "delete": return this.#delete(rights, request.id);
      case "retrieve": return this.#retrieve(rights, request.id, request.deletes);
      case "list": return rights.mayList ? [sending(listAnswer(Array.from(this.all(), ({ id }) => id)))] : answers(EPERM);
      case "getDump": return rights.mayGetDump ? this.#dump() : answers(EPERM);
      case "setDump": return this.#announced(client, request.total);
      case "dumpData": return this.#dumpData(client, request.entries, fds);
    }
  }

  #store(rights: Rights, { id, date }: DumpEntry, fds: readonly number[]): readonly Effect[] {
    const error = !rights.mayStore(id) ? EPERM : this.size >= this.#most ? ENFILE : this.#table.get(id) !== undefined ? EBUSY : OK;
    if (error !== OK) return [...refusals(fds), ...answers(error)];
    const [fd = -1] = fds;
    return [{ type: "keep", held: this.#table.add(fd, { id, date: this.#table.freeDate(date) }) }, OK_EFFECT];
  }

  #delete(rights: Rights, id: string): readonly Effect[] {
    if (!rights.mayStore(id)) return answers(EPERM);
    const held = this.#table.get(id);
    if (held === undefined) return answers(ENOENT);
    const effects: Effect[] = [];
    this.#drop(held, effects);
    effects.push(OK_EFFECT);
    return effects;
  }

  #retrieve(rights: Rights, id: string, deletes: boolean): readonly Effect[] {
    if (!rights.mayRetrieve(id) || (deletes && !rights.mayStore(id))) return answers(EPERM);
    const held = this.#table.get(id);
    if (held === undefined) return answers(ENOENT);
    held.loans++;
    if (deletes) this.#table.remove(held);
    return [{ type: "send", message: GIVING, lent: [held] }];
  }

  #dump(): readonly Effect[] {
    const all = [...this.all()];
    const effects = [sending(getDumpAnswer(all.length))];
    for (let from = 0; from < all.length; from += MOST_DESCRIPTORS) {
      const lent = all.slice(from, from + MOST_DESCRIPTORS);
      for (const held of lent) held.loans++;
      effects.push({ type: "send", message: frame(dumpMessage(lent), lent.length), lent });
    }
    return effects;
  }

  #announced(client: Client, total: number): readonly Effect[] {
    if (!client.rights.maySetDump) return answers(EPERM);
    if (total + this.size > this.#most) return answers(ENFILE);
    client.expected = total;
    return [sending(setDumpAnswer(total))];
  }

  #dumpData(client: Client, entries: readonly DumpEntry[], fds: readonly number[]): readonly Effect[] {
    if (fds.length > client.expected) return [...refusals(fds), HANG_UP];
    if (this.size + fds.length > this.#most) return [...refusals(fds), ...answers(ENFILE)];
    const effects: Effect[] = [];
    for (const [index, entry] of entries.entries()) {
      const old = this.#table.get(entry.id);
      if (old !== undefined) this.#drop(old, effects);
      effects.push({ type: "keep", held: this.#table.add(fds[index] ?? -1, entry) });
    }
    client.expected -= fds.length;
    effects.push(...answers(client.expected > 0 ? EAGAIN : OK));
    return effects;
  }

  #drop(held: Held, effects: Effect[]): void {
    this.#table.remove(held);
    if (held.loans === 0) effects.push({ type: "release", held });
  }
}

function sending(body: Uint8Array): Effect {
  return { type: "send", message: frame(body), lent: NONE };
}

const refusals = (fds: readonly number[]): Effect[] => fds.map((fd) => ({ type: "refuse", fd }));
