import { join } from "node:path";
import { JournalWriter } from "../store/journal-writer.ts";
import type { ServiceJournal } from "../store/service-journal.ts";
import { formatPointer, readPointer } from "../store/pointer.ts";
import { Registry } from "../store/registry.ts";
import { DEFAULT_KEEP_ALONE } from "../store/keep.ts";
import { now } from "../sys/clock.ts";
import { Housekeeper } from "./housekeeper.ts";
import { writePointer } from "./supervise-dir.ts";

/** Where a supervisor that belongs to no tree of ours keeps its history, below the service directory. */
const JOURNAL_DIR = "supervise/journal.d";

export interface StandaloneJournal {
  readonly service: ServiceJournal;
  /** To be called when the service was started: loading the store takes time. */
  open(): void;
  readonly housekeeper: Housekeeper;
  close(): Promise<void>;
}

/**
 * The journal of a standalone s6-supervise whose working directory is the service directory. One that another tree
 * began is left alone. undefined, with a warning, when it can't be had: the service runs without.
 */
export function standaloneJournal(name: string, dirFd: number, warn: (text: string) => void): StandaloneJournal | undefined {
  const path = process.cwd();
  const dir = join(path, JOURNAL_DIR);
  try {
    const [pointer] = Registry.open(dir).claim([{ name, path, pointer: readPointer(path) }]);
    if (pointer === undefined) throw new Error("the registry gave no id");
    writePointer(dirFd, formatPointer(pointer), warn);
    const housekeeper = new Housekeeper({ journalDir: dir, keep: DEFAULT_KEEP_ALONE, keepDir: JOURNAL_DIR, warn, nowMs: () => now().ms });
    const writer = new JournalWriter({ dir, warn, grown: (records, bytes) => housekeeper.grown(records, bytes) });
    return { housekeeper, service: writer.service(pointer.id), open: () => writer.open(), close: () => writer.close() };
  } catch (error) {
    warn(`no journal: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
