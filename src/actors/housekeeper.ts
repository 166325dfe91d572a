import { join } from "node:path";
import { exitCode, termSignal, type WaitStatus } from "../formats/wait-status.ts";
import { formatKeep, type Keep, KEEP_FILE, parseKeep } from "../store/keep.ts";
import { SystemError } from "../sys/errors.ts";
import { AT_FDCWD, closeFd, devNull, readFileAt } from "../sys/files.ts";
import { packageRoot } from "../sys/package-root.ts";
import { spawn, spawnFlags, spawnOut } from "../sys/process.ts";

export interface HousekeeperOptions {
  readonly journalDir: string;
  readonly keep: Keep;
  /** Directory whose file `keep` may replace limits while we run, relative to the working directory. */
  readonly keepDir: string;
  readonly warn: (text: string) => void;
  /** Monotonic ms. */
  readonly nowMs: () => number;
}

const FILE_BYTES_MAX = 4096;
const FLAGS = spawnFlags({ setsid: true, newPidNamespace: false });
/** How far a limit may be exceeded before it is enforced: each time costs the start of a process. */
const SLACK = 0.1;

/**
 * Keeps the journal within its limits. The work is done by a process of its own, s6-svprune: whatever happens to that,
 * no supervisor waits for it. Asked when the journal has grown, so a tree that records nothing does nothing.
 */
export class Housekeeper {
  readonly #options: HousekeeperOptions;
  #keep: Keep;
  #pid: number | undefined;
  #grown = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #complaint = "";

  constructor(options: HousekeeperOptions) {
    this.#options = options;
    this.#keep = options.keep;
  }

  /** So many records came since the last time, and the journal has so many bytes of records now. */
  grown(records: number, bytes: number): void {
    this.#grown += records;
    if (this.#pid !== undefined) return;
    this.#keep = this.#read();
    if (this.#isDue(bytes)) this.#start();
  }

  /** True when this process was ours. */
  ended(pid: number, status: WaitStatus): boolean {
    if (pid !== this.#pid) return false;
    this.#pid = undefined;
    const isWell = termSignal(status) === 0 && exitCode(status) === 0;
    this.#complain(isWell ? "" : "unable to shorten the journal: s6-svprune failed");
    return true;
  }

  #isDue(bytes: number): boolean {
    const { age, records, size } = this.#keep;
    if (size !== undefined && bytes > size) return true;
    if (records !== undefined && this.#grown >= records * SLACK) return true;
    return age !== undefined && this.#options.nowMs() - this.#lastMs >= age * SLACK * 1000;
  }

  #read(): Keep {
    const { keep, keepDir } = this.#options;
    const path = `${keepDir}/${KEEP_FILE}`;
    try {
      const bytes = readFileAt(AT_FDCWD, path, FILE_BYTES_MAX);
      return bytes === undefined ? keep : parseKeep(Buffer.from(bytes).toString("utf8"), keep);
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof SystemError)) throw error;
      this.#complain(`${path}: ${error.message}; the limits stay as they were`);
      return this.#keep;
    }
  }

  #start(): void {
    const program = join(packageRoot, "bin", "s6-svprune");
    const limits = `age=none,records=none,size=none,${formatKeep(this.#keep)}`;
    const out = spawnOut();
    try {
      const argv = [program, "-k", limits, this.#options.journalDir];
      this.#pid = spawn(AT_FDCWD, program, argv, new Map([[0, devNull()], [1, devNull()], [2, 2]]), FLAGS, out);
      closeFd(out[1] ?? -1);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#complain(`unable to shorten the journal: ${error.message}`);
    }
    this.#grown = 0;
    this.#lastMs = this.#options.nowMs();
  }

  /** Once per trouble. */
  #complain(text: string): void {
    if (text !== "" && text !== this.#complaint) this.#options.warn(text);
    this.#complaint = text;
  }
}
