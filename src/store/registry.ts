import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatTain, parseTain, type Tain } from "../formats/tain.ts";
import type { FileModes } from "./environment.ts";
import { JournalFile } from "./journal-file.ts";
import { isUnbegun, JournalError, toJournalError } from "./journal-error.ts";
import { hasJournal, type JournalPointer, replaceFile } from "./pointer.ts";
import { wallClock } from "./wall-clock.ts";

/** Who has a history in this environment. */
export interface JournalledService {
  readonly id: number;
  /** In the scan directory: `foo` or `foo/log`. */
  readonly name: string;
  /** The service directory, symbolic links resolved. */
  readonly path: string;
  readonly createdAt: Tain;
}

export interface Claimant {
  readonly name: string;
  readonly path: string;
  /** What its supervise/journal says, if anything. */
  readonly pointer: JournalPointer | undefined;
}

export interface ServiceTable {
  readonly uuid: string;
  /** In the order of their ids. */
  readonly services: readonly JournalledService[];
}

const FILE = "services";
const HEAD = "s6-journal 1 ";

/** `s6-journal 1 UUID`, then a line `[id,"@stamp","name","path"]` for each service. */
export const formatServices = ({ uuid, services }: ServiceTable): string =>
  [
    HEAD + uuid,
    ...services.map(({ id, createdAt, name, path }) => JSON.stringify([id, formatTain(createdAt), name, path])),
    "",
  ].join("\n");

/** @throws SyntaxError */
export function parseServices(text: string): ServiceTable {
  const [head = "", ...lines] = text.split("\n");
  if (!head.startsWith(HEAD) || lines.pop() !== "") throw new SyntaxError("not a table of services");
  return { uuid: head.slice(HEAD.length), services: lines.map(parseService) };
}

function parseService(line: string): JournalledService {
  const fields: unknown = JSON.parse(line);
  const [id, stamp, name, path] = Array.isArray(fields) ? (fields as unknown[]) : [];
  const createdAt = typeof stamp === "string" ? parseTain(stamp) : undefined;
  if (!Number.isSafeInteger(id) || typeof name !== "string" || typeof path !== "string" || createdAt === undefined) {
    throw new SyntaxError(`not a service: ${line}`);
  }
  return { id: id as number, name, path, createdAt };
}

/** undefined when there is none. @throws JournalError when it cannot be read or is damaged. */
export function readServices(dir: string): ServiceTable | undefined {
  const path = join(dir, FILE);
  try {
    return existsSync(path) ? parseServices(readFileSync(path, "utf8")) : undefined;
  } catch (error) {
    throw toJournalError(error, path, "unable to read");
  }
}

/**
 * The one allocator of service ids, in the main thread of the tree. Its table is a text file beside data.mdb, not a
 * database: ids are needed before the first service starts, and loading lmdb then would delay all of them by 30 ms.
 */
export class Registry {
  readonly uuid: string;
  readonly #dir: string;
  readonly #mode: number;
  readonly #services = new Map<number, JournalledService>();
  /** Which name's history an unclaimed newcomer of that name continues: the last one that bore it. */
  readonly #names = new Map<string, number>();
  /** Id to the path that it was granted to. */
  readonly #live = new Map<number, string>();
  #next: number;

  private constructor(dir: string, mode: number, table: ServiceTable, next: number) {
    this.#dir = dir;
    this.#mode = mode;
    this.uuid = table.uuid;
    for (const service of table.services) this.#enter(service);
    this.#next = next;
  }

  /**
   * Creates directory and table when they are missing. A damaged or lost table beside existing histories begins anew
   * behind the last id in use, so that no history is ever continued by a stranger. @throws JournalError
   */
  static open(dir: string, modes: FileModes = {}): Registry {
    try {
      mkdirSync(dir, { recursive: true, mode: modes.dir ?? 0o700 });
    } catch (error) {
      throw toJournalError(error, dir, "unable to create");
    }
    const found = readOrForget(dir);
    const table = found ?? { uuid: randomUUID(), services: [] };
    const next = found === undefined ? afterHistories(dir) : table.services.reduce((after, { id }) => Math.max(after, id + 1), 0);
    const registry = new Registry(dir, modes.file ?? 0o600, table, next);
    if (found === undefined) registry.#save();
    return registry;
  }

  get services(): readonly JournalledService[] {
    return [...this.#services.values()].sort((a, b) => a.id - b.id);
  }

  /**
   * Ids for services about to start, in the order given, and what their supervise/journal must say. An id belongs to
   * who points to it, else to who bears its name; of two that point to the same one (a copied directory) the one
   * that it is registered for gets it. The table is on disk before the answer. @throws JournalError when it cannot be
   */
  claim(claimants: readonly Claimant[]): JournalPointer[] {
    const granted = new Map<Claimant, number>();
    const grant = (claimant: Claimant, id: number | undefined): void => {
      if (id === undefined || granted.has(claimant)) return;
      if ((this.#live.get(id) ?? claimant.path) !== claimant.path) return;
      this.#live.set(id, claimant.path);
      granted.set(claimant, id);
    };
    for (const claimant of claimants) {
      const id = this.#pointed(claimant);
      if (id !== undefined && this.#services.get(id)?.path === claimant.path) grant(claimant, id);
    }
    for (const claimant of claimants) grant(claimant, this.#pointed(claimant));
    for (const claimant of claimants) grant(claimant, this.#names.get(claimant.name));
    for (const claimant of claimants) if (!granted.has(claimant)) grant(claimant, this.#next++);

    let changed = false;
    for (const [{ name, path }, id] of granted) changed = this.#register(id, name, path) || changed;
    if (changed) this.#save();
    return claimants.map((claimant) => ({ dir: this.#dir, id: granted.get(claimant) ?? -1, uuid: this.uuid }));
  }

  /** The service is gone: its id may be claimed again. */
  release(id: number): void {
    this.#live.delete(id);
  }

  #pointed({ pointer }: Claimant): number | undefined {
    return pointer?.uuid === this.uuid && pointer.id < this.#next ? pointer.id : undefined;
  }

  #register(id: number, name: string, path: string): boolean {
    const known = this.#services.get(id);
    if (known?.name === name && known.path === path) return false;
    if (known !== undefined && this.#names.get(known.name) === id) this.#names.delete(known.name);
    this.#enter({ id, name, path, createdAt: known?.createdAt ?? wallClock() });
    return true;
  }

  #enter(service: JournalledService): void {
    this.#services.set(service.id, service);
    this.#names.set(service.name, service.id);
  }

  #save(): void {
    const path = join(this.#dir, FILE);
    try {
      replaceFile(path, formatServices({ uuid: this.uuid, services: this.services }), this.#mode);
    } catch (error) {
      throw toJournalError(error, path, "unable to write");
    }
  }
}

/** undefined when there is no table or it is damaged. Other errors are thrown: they may pass. */
function readOrForget(dir: string): ServiceTable | undefined {
  try {
    return readServices(dir);
  } catch (error) {
    if (error instanceof JournalError && error.cause instanceof SyntaxError) return undefined;
    throw error;
  }
}

function afterHistories(dir: string): number {
  if (!hasJournal(dir)) return 0;
  let file: JournalFile | undefined;
  try {
    file = JournalFile.open(dir);
    const [last] = file.last("facts") ?? [];
    return last === undefined ? 0 : last + 1;
  } catch (error) {
    if (isUnbegun(error)) return 0;
    throw error;
  } finally {
    file?.close();
  }
}
