import { whyBackground } from "./daemons.ts";

/** What can be told from the text of a run script without running it. Only what is evident: never a guess. */
export interface Script {
  /** Base name of what interprets it; the program behind env. */
  readonly interpreter: string;
  /** Command lines without comments and blank lines, continued lines joined. */
  readonly commands: readonly string[];
}

const SHELLS = /^(sh|bash|dash|ash|ksh|mksh|zsh|busybox)$/;
/** Programs that become another one, by how many operands of their own come before it; numbers do not count. */
const PREFIXES: Readonly<Record<string, number>> = {
  exec: 0, env: 0, nice: 0, ionice: 0, nohup: 0, time: 0, command: 0, sudo: 0, doas: 0, setsid: 0, chpst: 0, softlimit: 0,
  setpriv: 0, unshare: 0, stdbuf: 0, numactl: 0, tini: 0, "dumb-init": 0, emptyenv: 0, umask: 0, fdmove: 0, fdclose: 0,
  "s6-softlimit": 0, "s6-notifyoncheck": 0, "s6-applyuidgid": 0, "s6-permafailon": 0, "with-contenv": 0, taskset: 1, chrt: 1,
  timeout: 1, setuidgid: 1, envuidgid: 1, envdir: 1, gosu: 1, "su-exec": 1, cd: 1, redirfd: 1, unexport: 1, setlock: 1,
  "s6-setuidgid": 1, "s6-envuidgid": 1, "s6-envdir": 1, "s6-setlock": 1, export: 2, importas: 2,
};
/** Programs that never look at their stdin. */
const DEAF = /^(sleep|true|false|pause|s6-pause|echo|printf|:)$/;
const READERS = /\b(read|cat|tee|s6-log|multilog|svlogd|tinylog|logger|awk|sed|grep|ucspilogd)\b|</;

export function parseScript(interpreter: string, argument: string, text: string): Script {
  const program = baseName(interpreter) === "env" ? (argument.replace(/^-S\s+/, "").split(/\s+/, 1)[0] ?? "") : interpreter;
  const joined = text.replace(/^#!.*\n?/, "").replace(/\\\n/g, " ");
  const commands = joined.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  return { interpreter: baseName(program), commands };
}

/** Why it looks as if run would end while its daemon lives on. */
export function whyForks(script: Script): string | undefined {
  const { commands } = script;
  const last = commands.at(-1) ?? "";
  if (SHELLS.test(script.interpreter)) {
    const ending = commands.filter((line) => !/^(exit( 0)?|:|true)$/.test(line)).at(-1) ?? "";
    if (/(^|[^&<>|\\])&$/.test(stripTrailingComment(ending))) {
      return "its last command is sent to the background with &: leave the & out, and put exec before the command";
    }
    if (/\bdisown\b/.test(ending)) return "its last command leaves a background job alone (disown)";
  }
  const candidates = [last, ...commands.filter((line) => line.startsWith("exec "))];
  for (const line of candidates) {
    const why = whyCommandForks(line, commands.join("\n"));
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Why a logger would not read what its service writes. `hasOwnInput`: it takes its input from a FIFO by design. */
export function whyDeaf({ interpreter, commands }: Script, hasOwnInput: boolean): string | undefined {
  if (hasOwnInput) return undefined;
  const [only, ...more] = commands;
  const last = commands.at(-1) ?? "";
  const replaced = commands.find((line) => /\bredirfd\s+-r\w*\s+0\s/.test(line));
  if (replaced !== undefined) return `its stdin is taken from somewhere else: ${replaced}`;
  if (SHELLS.test(interpreter)) {
    const redirected = [last, ...commands.filter((line) => line.startsWith("exec "))].find((line) => /(^|\s)(0?<\s*(?![<&(])|<&-)/.test(unquoted(line)));
    if (redirected !== undefined) return `its stdin is taken from somewhere else: ${redirected}`;
  }
  if (only === undefined || more.length > 0 || READERS.test(only)) return undefined;
  const program = commandOf(only)?.program;
  return program !== undefined && DEAF.test(program) ? `${program} does not read its stdin` : undefined;
}

function whyCommandForks(line: string, script: string): string | undefined {
  const command = commandOf(line);
  return command && whyBackground(command.program, ` ${command.rest.join(" ")}`, script);
}

/** The last program of a line, and its arguments; what only prepares it is left out. */
function commandOf(line: string): { readonly program: string; readonly rest: readonly string[] } | undefined {
  const tokens = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  const start = tokens.findLastIndex((token) => /^(&&|\|\|?|;|[^'"]*;)$/.test(token)) + 1;
  const words = tokens.slice(start).map((token) => token.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
  let operands = 0;
  for (let at = 0; at < words.length; at++) {
    const each = words[at] ?? "";
    if (/^-[A-Za-z]$/.test(each)) at++; // its value, or not: then nothing is found
    else if (/^(\w+=.*|-.*|\d*[<>].*|\d+|[{}!])$/.test(each)) continue;
    else if (operands > 0) operands--;
    else if (Object.hasOwn(PREFIXES, baseName(each))) operands = PREFIXES[baseName(each)] ?? 0;
    else return { program: baseName(each), rest: words.slice(at + 1) };
  }
  return undefined;
}

const unquoted = (line: string): string => line.replace(/"[^"]*"|'[^']*'/g, "''");
const stripTrailingComment = (line: string): string => unquoted(line).replace(/\s#.*$/, "").trimEnd();
const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
