import type { EndWatch, PipeEnd, SupervisorKind, TreeExit } from "./effects.ts";
import type { ExitWith, Identity } from "./facts.ts";

/**
 * The scanner: which directories are supervised, by which slot, and what becomes of them.
 *
 * A service is *active* while the last scan found it. An inactive one keeps running until it dies or is pruned, is not
 * restarted, and is forgotten when it has no supervisor any more. A service and its logger are a pair that shares one
 * pipe. The scanner keeps both ends while both halves are active, so that either may die and come back without a byte
 * lost. When the pair is inactive, an end lives only as long as the supervisor that was started with it: then the
 * logger sees end-of-file. A pipe that lost an end is dead. A half that still lives on such a pipe is never revived:
 * its directory waits until it is gone, and begins again with a new pipe.
 */
export interface ScannerConfig {
  /** Supervised directories; a logger counts as one. */
  readonly maxServices: number;
  readonly maxNameBytes: number;
  /** null: no automatic scan. */
  readonly scanPeriodMs: number | null;
  /** Descriptors that services and pipes may take. */
  readonly maxDescriptors: number;
  readonly descriptorsPerService: number;
  /** Directories whose supervisor a process before this one had in these slots: there their state is. */
  readonly orphans: readonly (Identity & { readonly slot: number })[];
}

/**
 * Servicedir, control FIFO, pidfd of the child; the lock, too, where there is room for that. Notification pipes are open
 * only until their service is ready.
 */
export const DESCRIPTORS_PER_SERVICE = { fewest: 3, usual: 4 } as const;

export const DEFAULT_CONFIG: ScannerConfig = {
  maxServices: 1000,
  maxNameBytes: 251,
  scanPeriodMs: null,
  maxDescriptors: Number.POSITIVE_INFINITY,
  descriptorsPerService: DESCRIPTORS_PER_SERVICE.fewest,
  orphans: [],
};

export const SPECIAL_LOGGER = "s6-svscan-log";
export const DESCRIPTORS_PER_PIPE = 2;
/** A supervisor is started again one second after its last start, or at once when it lived longer. */
export const RESTART_MS = 1000;
export const RETRY_MS = {
  pipe: 3000,
  /** An entry that cannot be looked at. */
  entry: 4000,
  /** The scan directory cannot be opened or read. */
  scan: 5000,
  /** A directory whose former pairing still lives. */
  tied: 10_000,
  tooMany: 60_000,
  /** After a service went, when another had no room. */
  room: 1000,
} as const;

export interface Service extends Identity {
  readonly slot: number;
  /** `foo` or `foo/log`: what it is called now. */
  readonly name: string;
  readonly role: "service" | "logger";
  readonly active: boolean;
  /** A supervisor lives in the slot. */
  readonly alive: boolean;
  /** It gave up its stdin and stdout. */
  readonly nulled: boolean;
  /** Earliest start, when it is not alive. */
  readonly dueMs: number;
  /** The pipe that the next supervisor gets. */
  readonly pipe: number | null;
  /** The pipe that the living supervisor was started with. */
  readonly held: number | null;
  /** A scan found its directory in a place that it cannot take before this one is gone. */
  readonly wanted: boolean;
}

export interface Pipe {
  readonly id: number;
  readonly writer: number;
  readonly reader: number;
  /** Which ends are open; neither before pipes.opened. */
  readonly write: boolean;
  readonly read: boolean;
}

export interface ScannerState {
  readonly config: ScannerConfig;
  /** Index = slot. */
  readonly services: readonly (Service | undefined)[];
  /** Index = id. */
  readonly pipes: readonly (Pipe | undefined)[];
  readonly nextScanMs: number;
  /** Somebody asked for a scan. */
  readonly scanWanted: boolean;
  /** A scan waits for its answer; loud: with all its warnings, because somebody asked. */
  readonly scanning: "no" | "quiet" | "loud";
  /** The last scan failed: a prune waits for a better one. */
  readonly scanFailed: boolean;
  readonly reapWanted: boolean;
  /** all: loggers are stopped too. */
  readonly prune: "none" | "gentle" | "all";
  readonly ending: Ending | null;
  /** As the last scan found it. */
  readonly exitWith: ExitWith | null;
  /** A new version of ourselves is being tried. */
  readonly upgrading: "lenient" | "strict" | null;
  /** Something could not be started for want of room: look again when there is some. */
  readonly crowded: boolean;
  /** Warnings of the last scan, not repeated by a scan that nobody asked for. */
  readonly warned: ReadonlySet<string>;
  /** What setDeadline said last. */
  readonly deadlineMs: number | null;
}

export interface Ending {
  readonly kill: "none" | "gentle" | "all";
  /** What was done of it; null: nothing yet. */
  readonly killed: "none" | "gentle" | "all" | null;
  /** A catch-all logger reads what the scanner writes. */
  readonly catchAll: boolean;
  /** false: leave without waiting for the supervisors. */
  readonly wait: boolean;
  readonly released: boolean;
  readonly finished: boolean;
  /** A service's end is what ends the tree, since then. */
  readonly exit: (TreeExit & { readonly sinceMs: number }) | null;
}

export const start = (config: ScannerConfig): ScannerState => ({
  config,
  services: [],
  pipes: [],
  nextScanMs: Number.POSITIVE_INFINITY,
  scanWanted: false,
  scanning: "no",
  scanFailed: false,
  reapWanted: false,
  prune: "none",
  ending: null,
  exitWith: null,
  upgrading: null,
  crowded: false,
  warned: new Set(),
  deadlineMs: null,
});

export const isSpecial = (service: Service): boolean => service.role === "service" && service.name === SPECIAL_LOGGER;

/** How the ends of a service are watched. */
export const watchOf = ({ name }: Service, exitWith: ExitWith | null): EndWatch =>
  exitWith?.name !== name ? "no" : exitWith.first ? "first" : "last";

export const kindOf = (service: Service): SupervisorKind => (isSpecial(service) ? "special" : service.role);

/** Both halves are active and tied to this pipe: its ends stay, whatever happens to the supervisors. */
export function isActivePair(state: ScannerState, pipe: Pipe): boolean {
  if (state.ending !== null) return false;
  const [writer, reader] = [state.services[pipe.writer], state.services[pipe.reader]];
  return isActiveOn(writer, pipe.id) && isActiveOn(reader, pipe.id);
}

const isActiveOn = (service: Service | undefined, id: number): boolean =>
  service !== undefined && service.active && service.pipe === id;

/** Has somebody a use for this end? */
export function isEndNeeded(state: ScannerState, pipe: Pipe, end: PipeEnd): boolean {
  if (isActivePair(state, pipe)) return true;
  const holder = state.services[end === "write" ? pipe.writer : pipe.reader];
  return holder !== undefined && holder.alive && !holder.nulled && holder.held === pipe.id;
}

/** Both ends open. */
export function isWhole({ pipes }: Pick<ScannerState, "pipes">, id: number): boolean {
  const pipe = pipes[id];
  return pipe !== undefined && pipe.write && pipe.read;
}
