import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_KEEP, formatKeep, type Keep, KEEP_FILE, parseKeep } from "../store/keep.ts";
import { JournalError } from "../store/journal-error.ts";
import { readPointer } from "../store/pointer.ts";
import { type Pruning, prune } from "../store/prune.ts";
import { readServices } from "../store/registry.ts";
import { RUNNING } from "./daemon.ts";
import { ExitError, fatalLine, UsageError } from "./failures.ts";
import { joinValues, parseLongOptions } from "./options.ts";
import { exitNow } from "../sys/process.ts";
import type { Program } from "./program.ts";

interface Journal {
  readonly word: string;
  readonly dir: string;
  readonly keep: Keep;
}

export const s6svprune: Program = {
  name: "s6-svprune",
  synopsis: "s6-svprune [ -k limits ] [ -n ] [ -j ] dir...",
  help: `Removes the oldest history of services until the limits hold; s6-svscan runs it when its journal has grown. What is
removed leaves a checkpoint behind: the state of the service at that moment, its last status and its death tally. The
services and the tree are not disturbed. A dir is a scan directory, a journal, or a service directory (whose whole
journal is meant).

  -k LIMITS, --keep=LIMITS  age=30d: nothing older; records=10000: so many of each service; size=64M: the whole
                            journal; =none: no such limit. Several with commas between. They replace those of the
                            scan directory's .s6-svscan/keep, which replace the usual ones (${formatKeep(DEFAULT_KEEP)})
  -n, --dry-run             only tell what would be removed
  -j, --json                one JSON object per journal

The file does not get smaller: what is freed in it is used again.

Exit codes: 0 success, 100 wrong usage, 111 system error or no journal.`,
  main({ args, sys, stdout, stderr }) {
    const { options, operands } = parseLongOptions(joinValues(args, ["--keep"]), "k:nj", { keep: "k", "dry-run": "n", json: "j" });
    if (operands.length === 0) throw new UsageError();
    const limits = options.filter(({ name }) => name === "k").map(({ value }) => value).join(",");
    const [isTrial, isJson] = [options.some(({ name }) => name === "n"), options.some(({ name }) => name === "j")];
    const journals = operands.map((word) => journalOf(word, limits));
    void (async () => {
      for (const journal of journals) {
        const pruning = await prune(journal.dir, journal.keep, sys.now(), isTrial);
        stdout(isJson ? `${JSON.stringify({ journal: journal.dir, keep: journal.keep, ...pruning })}\n` : describe(journal, pruning, isTrial));
      }
      exitNow(0);
    })().catch((error: unknown) => {
      stderr(fatalLine("s6-svprune", error instanceof JournalError ? error.message : String(error)));
      exitNow(111);
    });
    return RUNNING;
  },
};

function journalOf(word: string, limits: string): Journal {
  const control = join(word, ".s6-svscan");
  const dir = [word, join(control, "journal"), readPointer(word)?.dir].find((path) => path !== undefined && existsSync(join(path, "data.mdb")));
  if (dir === undefined) throw new ExitError(111, `${word} has no journal`);
  const file = join(control, KEEP_FILE);
  const base = existsSync(file) ? limitsIn(readFileSync(file, "utf8"), DEFAULT_KEEP, `${file}: `) : DEFAULT_KEEP;
  return { word, dir, keep: limitsIn(limits, base, "") };
}

function limitsIn(text: string, base: Keep, where: string): Keep {
  try {
    return parseKeep(text, base);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ExitError(100, `${where}${error.message}`);
    throw error;
  }
}

function describe({ word, dir }: Journal, { services, before, after }: Pruning, isTrial: boolean): string {
  const names = new Map(readServices(dir)?.services.map(({ id, name }) => [id, name]));
  const lines = services.map(({ service, removed, kept }) =>
    `${names.get(service) ?? `service ${service}`}: ${removed} records ${isTrial ? "would be " : ""}removed, ${kept} kept`);
  const used = isTrial ? `${kib(before)} in use` : `${kib(before)} were in use, ${kib(after)} are`;
  return [...lines, `${word}: ${services.length === 0 ? "all limits hold" : `${services.length} services shortened`}; ${used}`, ""].join("\n");
}

const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
