import { parseUint } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import { become } from "./become.ts";
import { ExitError, infoLine, UsageError } from "./failures.ts";
import { parseOptions } from "./options.ts";
import { programPath } from "./program-path.ts";
import type { Program } from "./program.ts";

const NAME = "s6-alias-chpst";

export const s6aliaschpst: Program = {
  name: NAME,
  synopsis: `${NAME} [ -v ] [ -P ] [ -0 ] [ -1 ] [ -2 ] [ -u user ] [ -U user ] [ -b argv0 ] [ -e dir ] [ -/ root ] [ -n inc ] [ -l lock | -L lock ] [ -m bytes ] [ -d bytes ] [ -o n ] [ -p n ] [ -f bytes ] [ -c bytes ] [ -r bytes ] [ -t seconds ] prog...`,
  help: `Does what chpst of runit does, by programs of s6 and others that change one thing each and become the next.

  -v          say what it becomes
  -P          a session of its own: s6-setsid
  -0, -1, -2  close standard input, output, error: fdclose
  -u USER     user[:group[:group...]], with a colon before it numbers: s6-applyuidgid
  -U USER     user[:group], sets UID and GID: s6-envuidgid
  -b ARGV0    the name that PROG sees: exec -a
  -e DIR      environment: s6-envdir
  -/ ROOT     root directory: chroot
  -n INC      nice
  -l LOCK     wait for a lock: s6-setlock; -L LOCK does not wait
  -m, -d, -o, -p, -f, -c, -r, -t  limits: s6-softlimit with the same option

Exit codes: 100 wrong usage or unknown user, 126 or 127 a program can't be executed, else those of the programs.`,
  main(context) {
    const { sys } = context;
    const { options, operands: prog } = parseOptions(context.args, "vP012u:U:b:e:/:n:l:L:m:d:o:p:f:c:r:t:");
    if (prog.length === 0) throw new UsageError();
    const wanted: Wanted = { session: false, closed: [], limits: [] };
    let verbose = false;
    for (const { name, value } of options) {
      switch (name) {
        case "v": verbose = true; break;
        case "P": wanted.session = true; break;
        case "0": case "1": case "2": wanted.closed.push(name); break;
        case "u": wanted.user = value; break;
        case "U": wanted.named = value; break;
        case "b": wanted.argv0 = value; break;
        case "e": wanted.envdir = value; break;
        case "/": wanted.root = value; break;
        case "n": wanted.niceness = integer(value); break;
        case "l": wanted.lock = { file: value, options: [] }; break;
        case "L": wanted.lock = { file: value, options: ["-n"] }; break;
        default: wanted.limits.push(`-${name}`, limit(value));
      }
    }
    const argv = [...chain(sys, wanted), ...prog];
    if (verbose) context.stderr(infoLine(NAME, `executing command line: ${argv.join(" ")}`));
    return become(sys, argv);
  },
};

interface Wanted {
  session: boolean;
  readonly closed: string[];
  readonly limits: string[];
  user?: string;
  named?: string;
  argv0?: string;
  envdir?: string;
  root?: string;
  niceness?: string;
  lock?: { readonly file: string; readonly options: readonly string[] };
}

function integer(text: string): string {
  if (!/^[+-]?[0-9]+$/.test(text)) throw new UsageError();
  return String(Number(text));
}

function limit(text: string): string {
  if (!/^[0-9]+$/.test(text)) throw new UsageError();
  return text;
}

/**
 * In the order of chpst: what only root may do comes before the user changes, what the user must be allowed to do after it.
 * By absolute paths: the environment directory may change PATH. The programs of the chain are not in the new root, so
 * chroot is the last of them, and changes the user itself.
 */
function chain(sys: Sys, wanted: Wanted): string[] {
  const { session, envdir, niceness, named, user, lock, limits, closed, argv0, root } = wanted;
  const identity = user === undefined ? undefined : identityOf(sys, user);
  const is = (name: string, ...args: readonly string[]): string[] => [programPath(sys, name), ...args];
  return [
    ...(session ? is("s6-setsid", "--") : []),
    ...(envdir === undefined ? [] : is("s6-envdir", "--", envdir)),
    ...(niceness === undefined ? [] : is("nice", "-n", niceness, "--")),
    ...(named === undefined ? [] : is("s6-envuidgid", ...environmentOf(named))),
    ...(identity === undefined || root !== undefined ? [] : is("s6-applyuidgid", ...applied(identity))),
    ...(lock === undefined ? [] : is("s6-setlock", ...lock.options, "--", root === undefined ? lock.file : `${root}/${lock.file}`)),
    ...(limits.length === 0 ? [] : is("s6-softlimit", ...limits, "--")),
    ...closed.flatMap((fd) => is("fdclose", fd)),
    ...(root === undefined ? [] : is("chroot", ...(identity === undefined ? [] : rooted(identity)), "--", root)),
    // In a new root only PATH can tell where it is.
    ...(argv0 === undefined ? [] : root === undefined ? is("exec", "-a", argv0, "--") : ["exec", "-a", argv0, "--"]),
  ];
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** The gid is one of them. */
  readonly groups: readonly number[];
}

const applied = ({ uid, gid, groups }: Identity): string[] =>
  ["-u", String(uid), "-g", String(gid), "-G", groups.join(), "--"];

const rooted = ({ uid, gid, groups }: Identity): string[] => [`--userspec=+${uid}:+${gid}`, `--groups=${groups.map((group) => `+${group}`).join()}`];

/** user, user:group:group..., or numbers after a colon. Without a group, the user's own one. */
function identityOf(sys: Sys, text: string): Identity {
  const isNumeric = text.startsWith(":");
  const [name = "", ...names] = (isNumeric ? text.slice(1) : text).split(":");
  const number = (word: string): number => {
    const value = parseUint(word);
    if (value === undefined) throw new ExitError(100, `invalid numeric user or group: ${text}`);
    return value;
  };
  const known = <T>(what: string, word: string, found: T | undefined): T => {
    if (found === undefined) throw new ExitError(100, `unknown ${what}: ${word}`);
    return found;
  };
  const user = isNumeric ? { uid: number(name), gid: undefined } : known("user", name, sys.userByName(name));
  const groups = names.map((group) => (isNumeric ? number(group) : known("group", group, sys.groupByName(group)).gid));
  const gid = groups[0] ?? user.gid ?? user.uid;
  return { uid: user.uid, gid, groups: groups.length === 0 ? [gid] : groups };
}

/** With a group, or with numbers, s6-envuidgid sets no GIDLIST, as chpst. */
function environmentOf(text: string): string[] {
  if (text.startsWith(":")) {
    const [uid, gid = uid] = text.slice(1).split(":");
    return ["-nB", "--", `${uid}:${gid}`];
  }
  if (text.includes(":")) return ["-B", "--", text.split(":").slice(0, 2).join(":")];
  return ["--", text];
}
