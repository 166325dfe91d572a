import { bytesOf } from "../formats/bytes.ts";
import { MAX_SIGNAL, signalNumber } from "../formats/signals.ts";
import { addon, LAUNCH_VARIABLE } from "./addon.ts";

/**
 * How the process was started, noted by the launcher (native/launcher) before Node could change it. Loading this
 * module gives it back to everything that is spawned or exec'ed: whatever can do either imports it.
 */
export interface Launch {
  /** Soft RLIMIT_NOFILE at the start, -1 = unlimited; undefined without the launcher. */
  readonly softNofile: number | undefined;
  /** Signals that were ignored. */
  readonly ignored: readonly number[];
  /** Signals that were blocked. */
  readonly blocked: readonly number[];
  /** Those of 0, 1, 2 that were closed: they are /dev/null now. */
  readonly closed: readonly number[];
  /** Descriptors ≥ 3 that the process was born with. */
  readonly inherited: readonly number[];
  readonly argv0: string | undefined;
  /** The same, a character per byte. */
  readonly argv0Bytes: string | undefined;
  /** Hidden from our Node, meant for others. */
  readonly environment: Readonly<Record<string, string>>;
}

const HIDDEN = ["NODE_OPTIONS", "NODE_EXTRA_CA_CERTS"] as const;
const FORMAT = "1";

const WITHOUT_LAUNCHER: Launch = {
  softNofile: undefined, ignored: [], blocked: [], closed: [], inherited: [], argv0: undefined, argv0Bytes: undefined, environment: {},
};

/** Reads the launcher's record; undefined when it is none of ours. */
export function parseLaunch(text: string): Launch | undefined {
  const [format, soft, ignored, blocked, closed, inherited, argv0, ...hidden] = text.split(";");
  if (format !== FORMAT || hidden.length !== HIDDEN.length) return undefined;
  const environment: Record<string, string> = {};
  for (const [index, name] of HIDDEN.entries()) {
    const value = parseText(hidden[index]);
    if (value !== undefined) environment[name] = value;
  }
  return {
    softNofile: Number(soft),
    ignored: parseSet(ignored),
    blocked: parseSet(blocked),
    closed: Array.from(closed ?? "", Number),
    inherited: (inherited ?? "").split(",").filter((word) => word !== "").map(Number),
    argv0: parseText(argv0),
    argv0Bytes: parseBytes(argv0),
    environment,
  };
}

function parseSet(hex: string | undefined): number[] {
  const bits = BigInt(`0x${hex ?? "0"}`);
  return Array.from({ length: MAX_SIGNAL }, (_, index) => index + 1)
    .filter((signal) => ((bits >> BigInt(signal - 1)) & 1n) === 1n);
}

function parseText(field: string | undefined): string | undefined {
  const bytes = parseBytes(field);
  return bytes === undefined ? undefined : Buffer.from(bytes, "latin1").toString();
}

/** Empty = not set, else `=` and the value, bytes as %XX. */
function parseBytes(field: string | undefined): string | undefined {
  if (field === undefined || !field.startsWith("=")) return undefined;
  return field.slice(1).replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function adopt(text: string): Launch {
  const launch = parseLaunch(text) ?? WITHOUT_LAUNCHER;
  delete process.env[LAUNCH_VARIABLE];
  Object.assign(process.env, launch.environment);
  addon.configure(launch.softNofile ?? -1, Int32Array.from(launch.ignored), Int32Array.from(launch.inherited), null);
  // Node would open its debugger on this one: it does what it does to any program, until somebody traps it.
  addon.untrapSignals(Int32Array.of(signalNumber("USR1")));
  // Node has made them deadly again: trapped, and read by nobody, they are as good as ignored.
  if (launch.ignored.length > 0) addon.trapSignals(Int32Array.from(launch.ignored));
  return launch;
}

const record = process.env[LAUNCH_VARIABLE];
/**
 * The main thread takes the record away: other threads, which have nothing to give back, find none. Asking
 * node:worker_threads would cost every short-lived program a millisecond.
 */
export const launch: Launch = record === undefined ? WITHOUT_LAUNCHER : adopt(record);

/**
 * For a daemon that uses what it was born with: these descriptors, and signals that were ignored, are its own from now
 * on, and no child inherits them any more. A number that is closed and given out again must not leak under its old name.
 */
export function takeOver(own: { readonly descriptors: readonly number[]; readonly signals: readonly number[] }): void {
  const ignored = launch.ignored.filter((signal) => !own.signals.includes(signal));
  const inherited = launch.inherited.filter((fd) => !own.descriptors.includes(fd));
  addon.configure(launch.softNofile ?? -1, Int32Array.from(ignored), Int32Array.from(inherited), null);
}

/** What children get from now on, in a process that starts them for others. `softNofile` -1 = unlimited; NAME=VALUE, a byte per character. */
export function childrenGet({ softNofile, environment }: { readonly softNofile: number; readonly environment: readonly string[] }): void {
  addon.configure(softNofile, new Int32Array(0), new Int32Array(0), environment.map(bytesOf));
}

/** For whatever is spawned or exec'ed from now on; undefined removes a variable. The others stay as they are, byte by byte. */
export function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
  takeOver({ descriptors: [], signals: [] });
}

let known: { readonly version: number; readonly environment: readonly string[] } | undefined;

/** What is spawned or exec'ed gets: NAME=VALUE, a character per byte. The same list as long as it is the same. */
export function environment(): readonly string[] {
  const version = addon.settingsVersion();
  if (known?.version !== version) known = { version, environment: addon.environment() };
  return known.environment;
}

/** argv[0] as it was given, a character per byte. */
export const argv0 = (): string | undefined => launch.argv0Bytes;

/** The descriptors that were open when the program was started. Without the launcher, the usual ones. */
export const bornWith = (): number[] => [0, 1, 2].filter((fd) => !launch.closed.includes(fd)).concat(launch.inherited);

/** Was it open when the program was started? Without the launcher, is it now? */
export const wasOpen = (fd: number): boolean =>
  launch.softNofile === undefined ? addon.getfd(fd) >= 0 : fd < 3 ? !launch.closed.includes(fd) : launch.inherited.includes(fd);
