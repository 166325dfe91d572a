import { type FileKind, modeText } from "../formats/file-mode.ts";

/** What is known of a directory to whose supervisor a command could not be sent. */
export interface ControlFacts {
  readonly directory: string;
  readonly isDirectory: boolean;
  /** As a service has it: no directory. */
  readonly hasRun: boolean;
  readonly hasSupervise: boolean;
  /** What supervise/control is. */
  readonly control: FileKind | undefined;
  /** It has a .s6-svscan. */
  readonly isScandir: boolean;
  /** Names in it that are service directories, some of them at least. */
  readonly services: readonly string[];
  readonly parent: { readonly path: string; readonly hasRun: boolean; readonly isScandir: boolean; readonly isScanned: boolean };
  /** The first thing on the way to the FIFO that may not be passed or written. */
  readonly barrier: Barrier | undefined;
}

export interface Barrier {
  readonly path: string;
  readonly mode: number;
  readonly user: string;
  readonly group: string;
}

/** Why a command did not arrive. */
export function hintForCommand(facts: ControlFacts, outcome: "not listening" | "broken" | "failed", code: string): string | undefined {
  const { directory, control, barrier } = facts;
  if (outcome === "failed" && control !== undefined && control !== "FIFO") return `${directory}/supervise/control is a ${control}, no FIFO: nobody would read the command`;
  if (code === "EACCES") return barrier === undefined ? undefined : describeBarrier(barrier);
  if (!facts.hasRun && !facts.hasSupervise) return whatIsMeant(facts, code);
  if (outcome === "broken") return `${directory}/supervise/control is missing, or no FIFO: the supervisor makes it when it starts`;
  if (outcome === "not listening") return whyUnsupervised(facts);
  return undefined;
}

function describeBarrier({ path, mode, user, group }: Barrier): string {
  const allowed = [user === "root" ? "" : user, (mode & 0o030) === 0 ? "" : `the group ${group}`, "root"].filter((who) => who !== "");
  return `${path} belongs to ${user}, and its mode is ${modeText(mode)}: only ${allowed.join(", ")} may send commands (s6-svperms changes that)`;
}

function whatIsMeant({ directory, isDirectory, isScandir, services, parent }: ControlFacts, code: string): string | undefined {
  if (!isDirectory && code !== "ENOTDIR") return undefined; // it does not exist: s6 has said so
  const [first] = services;
  const example = first === undefined ? "" : `, such as ${directory}/${first}`;
  if (isScandir) return `${directory} is a scan directory: name a service in it${example}, or use s6-svscanctl`;
  if (parent.hasRun) return `${directory} is no service directory, but ${parent.path} is one`;
  if (first !== undefined) return `${directory} is no service directory, but holds some: name one of them${example}`;
  return isDirectory ? `${directory} is no service directory: there is no run in it` : undefined;
}

function whyUnsupervised({ directory, hasSupervise, parent }: ControlFacts): string | undefined {
  if (parent.isScanned) return `s6-svscan runs on ${parent.path}, but has not taken ${directory} up: s6-svscanctl -a ${parent.path}`;
  if (parent.isScandir) return `no s6-svscan runs on ${parent.path}`;
  if (hasSupervise) return undefined;
  return `${directory} has never been supervised: link it into a scan directory with s6-svlink`;
}
