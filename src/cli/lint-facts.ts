import { basename } from "node:path";
import type { ExecutableFacts } from "../formats/executable.ts";
import { kindOfMode } from "../formats/file-mode.ts";
import type { ScandirFacts, ScanEntry } from "../diagnosis/lint/scandir.ts";
import type { Entry, ServiceFacts } from "../diagnosis/lint/service.ts";
import { VALUE_FILES } from "../diagnosis/values.ts";
import type { Sys } from "../sys/sys.ts";
import { otherwise } from "../sys/system-error.ts";
import { hasRun, namesIn, statOf } from "./look.ts";

/** Looks at service directories and scan directories as they are; changes nothing. The calls throw SystemError. */

const SCRIPT_BYTES = 65_536;
/** More than s6 reads of any of them. */
const VALUE_BYTES = 600;
const TEXTS = { ...Object.fromEntries(Object.keys(VALUE_FILES).map((name) => [name, VALUE_BYTES])), pidfile: VALUE_BYTES, run: SCRIPT_BYTES };
const NAME_BYTES_MAX = 251;
const CATCH_ALL = "s6-svscan-log";
/** Any of them makes a directory without run look like a service that was forgotten half-way. */
const MARKS = [...Object.keys(VALUE_FILES), "finish", "pidfile", "log", "supervise", "event", "down"];

/** How far below a directory that is neither services are looked for. */
const SEARCH_DEPTH = 2;

export interface Target {
  readonly path: string;
  readonly isScandir: boolean;
}

/** What is meant by a directory: itself, or the services and scan directories in it. */
export function targetsOf(sys: Sys, path: string): Target[] {
  if (isScandir(sys, path)) return [{ path, isScandir: true }];
  const isService = hasRun(sys, path) || sys.readdir(path).some((name) => MARKS.includes(name));
  const inside = isService ? [] : search(sys, path, SEARCH_DEPTH);
  return inside.length > 0 ? inside : [{ path, isScandir: false }];
}

function search(sys: Sys, path: string, depth: number): Target[] {
  if (depth === 0) return [];
  return namesIn(sys, path).map((name) => `${path}/${name}`).flatMap((each): Target[] => {
    if (statOf(sys, each)?.isDirectory !== true) return [];
    if (otherwise(false, () => isScandir(sys, each))) return [{ path: each, isScandir: true }];
    return hasRun(sys, each) ? [{ path: each, isScandir: false }] : search(sys, each, depth - 1);
  });
}

/** Is it a scan directory? One with services in it, and not one itself. */
function isScandir(sys: Sys, path: string): boolean {
  const names = sys.readdir(path);
  if (names.includes(".s6-svscan")) return true;
  if (hasRun(sys, path)) return false;
  const holdsServices = names.some((name) => name !== "log" && hasRun(sys, `${path}/${name}`));
  return holdsServices && !names.some((name) => MARKS.includes(name));
}


export function readScandir(sys: Sys, path: string): ScandirFacts {
  const names = sys.readdir(path).filter((name) => !name.startsWith(".")).sort();
  const entries = names.map((name): ScanEntry => {
    const bytes = Buffer.byteLength(name);
    const found = statOf(sys, `${path}/${name}`);
    if (found === undefined) return { name, bytes, kind: "link to nothing", identity: "" };
    return { name, bytes, kind: found.isDirectory ? "directory" : "other", identity: `${found.dev} ${found.ino}` };
  });
  return { path, entries, nameBytesMax: NAME_BYTES_MAX };
}

/** The service, and its logger if it has one. */
export function readServices(sys: Sys, path: string): ServiceFacts[] {
  const name = basename(sys.realpath(path));
  const isLogger = name === "log" || name === CATCH_ALL;
  const service = readService(sys, path, name, isLogger);
  const hasLog = !isLogger && service.entries.some((entry) => entry.name === "log" && entry.kind === "directory");
  return hasLog ? [service, readService(sys, `${path}/log`, "log", true)] : [service];
}

function readService(sys: Sys, path: string, name: string, isLogger: boolean): ServiceFacts {
  const entries = sys.readdir(path).sort().map((each): Entry => {
    const found = statOf(sys, `${path}/${each}`);
    return found === undefined ? { name: each, kind: "nothing", mode: 0 } : { name: each, kind: kindOfMode(found.mode), mode: found.mode };
  });
  const has = (file: string): boolean => entries.some((entry) => entry.name === file);
  const control = statOf(sys, `${path}/supervise/control`);
  return {
    path,
    name,
    isLogger,
    mode: sys.stat(path).mode,
    entries,
    texts: new Map(Object.entries(TEXTS).filter(([file]) => has(file)).map(([file, bytes]) => [file, textOf(sys, `${path}/${file}`, bytes)])),
    executables: new Map((["run", "finish"] as const).filter(has).flatMap((file): [typeof file, ExecutableFacts][] => {
      const executable = sys.executableIn(path, file);
      return executable === undefined ? [] : [[file, executable]];
    })),
    control: control && kindOfMode(control.mode),
    mount: sys.mountOf(has("supervise") ? `${path}/supervise` : path),
    machine: sys.ownMachine(),
  };
}

const textOf = (sys: Sys, path: string, bytes: number): string | null =>
  otherwise(null, () => Buffer.from(sys.readFile(path, bytes)).toString("latin1"));
