import { readFileSync } from "node:fs";
import { AT_FDCWD } from "./addon.ts";
import { statAt } from "./files.ts";

const PATH = "/etc/nsswitch.conf";
/** What answers at once, from files of this machine. systemd's does where systemd does not run. */
const QUICK = new Set(["files"]);
const SYSTEMD = "systemd";

let known: { readonly ino: number; readonly mtime: number; readonly answer: boolean } | undefined;

/** Are accounts and groups found without asking anybody on the network, or another process? */
export function areAccountsLocal(): boolean {
  const found = statAt(AT_FDCWD, PATH);
  if (found === undefined) return true;
  if (known?.ino === found.ino && known.mtime === found.mtimeSeconds) return known.answer;
  const answer = sourcesIn(readFileSync(PATH, "latin1")).every((source) => QUICK.has(source) || (source === SYSTEMD && statAt(AT_FDCWD, "/run/systemd") === undefined));
  known = { ino: found.ino, mtime: found.mtimeSeconds, answer };
  return answer;
}

/** Of the lines passwd and group (nsswitch.conf(5)), without their reactions. */
export const sourcesIn = (text: string): string[] =>
  text.split("\n").flatMap((line) => {
    const [, sources = ""] = /^\s*(?:passwd|group):([^#]*)/.exec(line) ?? [];
    return sources.replaceAll(/\[[^\]]*\]/g, " ").split(/\s+/).filter((source) => source !== "");
  });
