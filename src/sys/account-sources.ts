import { readFileSync } from "node:fs";
import { AT_FDCWD } from "./addon.ts";
import { readdirAt, statAt } from "./files.ts";

const PATH = "/etc/nsswitch.conf";
/** What answers at once, from files of this machine. */
const QUICK = new Set(["files"]);
/** systemd's does so where nobody offers it accounts: it asks those who have a socket here. */
const SYSTEMD = "systemd";
const OFFERS = "/run/systemd/userdb";

interface Sources {
  readonly ino: number;
  readonly mtime: number;
  readonly isQuick: boolean;
  readonly hasSystemd: boolean;
}

let known: Sources | undefined;

const isQuick = (sources: Sources): boolean => sources.isQuick && !(sources.hasSystemd && hasOffers());
const hasOffers = (): boolean => statAt(AT_FDCWD, OFFERS) !== undefined && readdirAt(AT_FDCWD, OFFERS).length > 0;

/** Are accounts and groups found without asking anybody on the network, or another process? */
export function areAccountsLocal(): boolean {
  const found = statAt(AT_FDCWD, PATH);
  if (found === undefined) return true;
  if (known?.ino === found.ino && known.mtime === found.mtimeSeconds) return isQuick(known);
  const sources = new Set(sourcesIn(readFileSync(PATH, "latin1")));
  const hasSystemd = sources.delete(SYSTEMD);
  known = { ino: found.ino, mtime: found.mtimeSeconds, hasSystemd, isQuick: [...sources].every((source) => QUICK.has(source)) };
  return isQuick(known);
}

/** Of the lines passwd and group (nsswitch.conf(5)), without their reactions. */
export const sourcesIn = (text: string): string[] =>
  text.split("\n").flatMap((line) => {
    const [, sources = ""] = /^\s*(?:passwd|group):([^#]*)/.exec(line) ?? [];
    return sources.replaceAll(/\[[^\]]*\]/g, " ").split(/\s+/).filter((source) => source !== "");
  });
