import type { ExecutableFacts } from "../../formats/executable.ts";
import { type FileKind, isWritableByOthers, modeText } from "../../formats/file-mode.ts";
import type { Mount } from "../../formats/mounts.ts";
import { parseUint } from "../../formats/uint.ts";
import { type Fault, faultOf } from "../executable.ts";
import { notFifoText, readOnlyText } from "../supervise-dir.ts";
import { clashText, DESCRIPTOR_FILES, VALUE_FILES, type ValueFile, valueIn, whyBadDescriptor, whyInvalid, whyUnusual } from "../values.ts";
import { type Finding, finding, type RuleId } from "./finding.ts";
import { meantBy } from "./misspelt.ts";
import { parseScript, whyDeaf, whyForks } from "./script.ts";

/** What a service directory looks like. */
export interface ServiceFacts {
  readonly path: string;
  /** Its last component, as s6-svscan calls it; "log" for a logger. */
  readonly name: string;
  readonly isLogger: boolean;
  readonly mode: number;
  readonly entries: readonly Entry[];
  /** Contents of the files that hold a value or a script, as far as s6 cares; null: it can't be read. */
  readonly texts: ReadonlyMap<string, string | null>;
  readonly executables: ReadonlyMap<"run" | "finish", ExecutableFacts>;
  /** What supervise/control is, if it is there. */
  readonly control: FileKind | undefined;
  /** What supervise/ lies on, or would. */
  readonly mount: Mount | undefined;
  /** What programs run here. */
  readonly machine: number | undefined;
}

export interface Entry {
  readonly name: string;
  /** Of what it leads to; "nothing": a link to nothing. */
  readonly kind: FileKind | "nothing";
  readonly mode: number;
}

/** The logger that takes what nobody else logs reads from a FIFO of its own. */
const CATCH_ALL = "s6-svscan-log";
const PIDFILE_BYTES = 512;
/** fs.nr_open, where nobody has changed it; the limit of the tree is lower, but not known here. */
const DESCRIPTORS_MAX = 1_048_576;
/** A link to nothing is told otherwise, or its target is made. */
const TARGET_MATTERS_NOT: readonly string[] = ["run", "finish", "supervise", "event"];
/** One that is missing is told otherwise; and who looks need not be who runs it. */
const isOfFile = (id: Fault["id"]): id is Exclude<Fault["id"], "exec-absent" | "exec-not-permitted"> =>
  id !== "exec-absent" && id !== "exec-not-permitted";

export function lintService(facts: ServiceFacts): Finding[] {
  return [
    ...lintExecutables(facts), ...lintScript(facts), ...lintValues(facts), ...lintDescriptors(facts), ...lintPidfile(facts),
    ...lintNames(facts), ...lintDirectories(facts), ...lintPermissions(facts),
  ];
}

const entryOf = ({ entries }: ServiceFacts, name: string): Entry | undefined => entries.find((entry) => entry.name === name);
const at = ({ path }: ServiceFacts, name: string): string => `${path}/${name}`;

function* lintExecutables(facts: ServiceFacts): Generator<Finding> {
  if (entryOf(facts, "run") === undefined) {
    const text = facts.isLogger ? "there is no run in it, so nothing reads what the service writes" : "there is no run in it";
    yield finding(facts.path, "run-missing", text);
  }
  for (const [file, executable] of facts.executables) {
    const fault = faultOf(file, executable, facts.machine);
    if (fault !== undefined && isOfFile(fault.id)) yield finding(at(facts, file), fault.id, fault.text);
    const { head } = executable;
    if (head?.kind === "script" && head.interpreter.endsWith("/env") && /^[^-\s]\S*\s+\S/.test(head.argument)) {
      yield finding(at(facts, file), "env-arguments", "its #! line gives env several words: only s6-actors starts it as it is meant, C s6 needs env -S");
    }
  }
}

function* lintScript(facts: ServiceFacts): Generator<Finding> {
  const head = facts.executables.get("run")?.head;
  const text = facts.texts.get("run");
  if (head?.kind !== "script" || text === undefined || text === null) return;
  const script = parseScript(head.interpreter, head.argument, text);
  const isWatched = entryOf(facts, "pidfile") !== undefined || /\bs6-background-watch\b/.test(text);
  const forks = isWatched ? undefined : whyForks(script);
  if (forks !== undefined) yield finding(at(facts, "run"), "run-forks", forks);
  const deaf = facts.isLogger ? whyDeaf(script, facts.name === CATCH_ALL) : undefined;
  if (deaf !== undefined) yield finding(at(facts, "run"), "logger-deaf", deaf);
}

function* lintValues(facts: ServiceFacts): Generator<Finding> {
  for (const name of Object.keys(VALUE_FILES) as ValueFile[]) {
    const content = facts.texts.get(name);
    if (content === undefined) continue;
    if (content === null) {
      yield finding(at(facts, name), "value-unreadable", "it can't be read, so the default applies");
      continue;
    }
    const isDescriptor = (DESCRIPTOR_FILES as readonly string[]).includes(name);
    const invalid = whyInvalid(name, content);
    if (invalid !== undefined) yield finding(at(facts, name), isDescriptor ? "descriptor-invalid" : "value-invalid", invalid);
    const unusual = whyUnusual(name, content);
    if (unusual !== undefined) yield finding(at(facts, name), "value-range", unusual);
  }
}

function* lintDescriptors(facts: ServiceFacts): Generator<Finding> {
  const values = DESCRIPTOR_FILES.map((name) => {
    const content = facts.texts.get(name);
    return typeof content === "string" ? parseUint(valueIn(name, content)) : undefined;
  });
  for (const [index, name] of DESCRIPTOR_FILES.entries()) {
    const value = values[index];
    const bad = value === undefined ? undefined : whyBadDescriptor(name, value, DESCRIPTORS_MAX);
    const id: RuleId = value === 1 || value === 2 ? "descriptor-standard" : "descriptor-invalid";
    if (bad !== undefined) yield finding(at(facts, name), id, bad);
  }
  const [notification, lock] = values;
  if (notification !== undefined && notification === lock) yield finding(facts.path, "descriptor-clash", clashText(notification));
}

function* lintPidfile(facts: ServiceFacts): Generator<Finding> {
  const content = facts.texts.get("pidfile");
  if (content === undefined) return;
  const [path = ""] = (content ?? "").split("\n", 1);
  if (path === "" || path.length >= PIDFILE_BYTES || path.includes("\0")) {
    yield finding(at(facts, "pidfile"), "pidfile-invalid", `its first line must be a path of less than ${PIDFILE_BYTES} bytes`);
  }
  if (entryOf(facts, "notification-fd") !== undefined) {
    const text = "run gets no notification pipe where there is a pidfile: the service is ready when run has exited 0, whatever the daemon says";
    yield finding(at(facts, "notification-fd"), "pidfile-notification", text);
  }
}

function* lintNames(facts: ServiceFacts): Generator<Finding> {
  const names = facts.entries.map(({ name }) => name);
  for (const { name, kind } of facts.entries) {
    const meant = kind === "directory" || name.startsWith(".") ? undefined : meantBy(name, names);
    if (meant !== undefined) yield finding(at(facts, name), "misspelt", `s6 does not know it: ${meant} may be meant`);
    else if (name === "nosetsid") yield finding(at(facts, name), "obsolete", "s6 ignores it since 2.10.0.0");
    else if (name === "down") yield finding(at(facts, name), "down", "the service is not started by itself");
    else if (kind === "nothing" && !TARGET_MATTERS_NOT.includes(name)) yield finding(at(facts, name), "link-dangling", "it is a link to nothing");
  }
}

function* lintDirectories(facts: ServiceFacts): Generator<Finding> {
  const log = entryOf(facts, "log");
  if (log !== undefined && log.kind !== "directory") yield finding(at(facts, "log"), "log-kind", `it is a ${log.kind}: s6-svscan takes only a directory for a logger`);
  else if (log !== undefined && facts.isLogger) yield finding(at(facts, "log"), "log-nested", "a logger has no logger: nothing starts it");
  for (const name of ["supervise", "event"]) {
    const entry = entryOf(facts, name);
    if (entry === undefined || entry.kind === "directory" || entry.kind === "nothing") continue;
    yield finding(at(facts, name), "supervise-kind", `it is a ${entry.kind}, and must be a directory: remove it, the supervisor makes it`);
  }
  if (facts.control !== undefined && facts.control !== "FIFO") yield finding(facts.path, "control-kind", notFifoText(facts.control));
  if (facts.mount?.isReadOnly === true) yield finding(facts.path, "read-only", readOnlyText(facts.mount.point));
}

/** Whoever may change them may do anything as the user that s6-svscan runs as. */
function* lintPermissions(facts: ServiceFacts): Generator<Finding> {
  if (isWritableByOthers(facts.mode)) yield finding(facts.path, "writable-by-others", `everybody may change it, its mode is ${modeText(facts.mode)}`);
  for (const { name, kind, mode } of facts.entries) {
    if ((name === "run" || name === "finish") && kind === "file" && isWritableByOthers(mode)) {
      yield finding(at(facts, name), "writable-by-others", `everybody may change it, its mode is ${modeText(mode)}`);
    }
  }
}
