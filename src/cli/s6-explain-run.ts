import { constants } from "node:fs";
import type { Compilation } from "../chain/compile.ts";
import { RunScript } from "../chain/run-script.ts";
import { word } from "./execline.ts";
import type { Step } from "../sys/compiled-chain.ts";
import { RESOURCES } from "../sys/limits.ts";
import { ExitError, unableTo, UsageError } from "./failures.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

const NAME = "s6-explain-run";
const SERVICE = "./run";
const NOT_COMPILED = 1;

export const s6explainrun: Program = {
  name: NAME,
  synopsis: `${NAME} [ -j ] servicedir [ run | finish | SIGNAME [ arg... ] ]`,
  help: `Shows what a supervisor of this package makes of a script: the programs at its head that it needs no process for, what
each of them comes to, and what is executed in the end. A script whose interpreter is our execlineb, or another program
of ours, is compiled as far as it consists of programs that change nothing but the state of their process; the rest of
it runs as it is. Starts nothing; reads what the script reads, such as directories of variables, in our environment
and with our rights. ARG are the arguments of the script (default: the name of the service). SIGNAME is a script of a
scan directory: its directory is then DIR/.s6-svscan.

A file flag-no-compile in the service directory, or in .s6-svscan for a whole tree, turns compilation off.

  -j  a JSON object instead: file, compiled, reason, links (words, steps, environment), end (words, reason)

Exit codes: 0 it is compiled, ${NOT_COMPILED} it is executed as it is, 100 wrong usage, 111 system error.`,
  main({ args, sys, stdout }) {
    const { options, operands: [dir, file = "run", ...rest] } = parseOptions(args, "j");
    if (dir === undefined || dir === "" || !/^(?:run|finish|SIG[A-Z0-9]+)$/.test(file)) throw new UsageError();
    const fd = unableTo(`open ${dir}`, () => sys.open(dir, constants.O_RDONLY | constants.O_DIRECTORY));
    if (!sys.exists(`${dir}/${file}`)) throw new ExitError(111, `unable to open ${dir}/${file}: No such file or directory`);
    const words = rest.length > 0 ? rest : file === "run" ? [dir.replace(/\/+$/, "").replace(/^.*\//, "")] : [];
    const found = new RunScript(fd, file).compile([file === "run" ? SERVICE : `./${file}`, ...words]);
    const isJson = options.some(({ name }) => name === "j");
    stdout(isJson ? `${JSON.stringify(asData(`${dir}/${file}`, found))}\n` : asText(`${dir}/${file}`, found));
    return typeof found === "string" ? NOT_COMPILED : 0;
  },
};

function asData(file: string, found: Compilation | string): unknown {
  if (typeof found === "string") return { file, compiled: false, reason: found };
  const links = found.links.map(({ steps }, index) => ({ words: own(found, index), steps: steps.map(stepText), environment: changes(found, index) }));
  return { file, compiled: true, links, end: { words: found.words, reason: found.reason ?? null } };
}

function asText(file: string, found: Compilation | string): string {
  if (typeof found === "string") return `${file} is executed as it is: ${found}\n`;
  const lines = [`${file}: one process, executed once`];
  for (const [index, link] of found.links.entries()) {
    const done = [...link.steps.map(stepText), ...changes(found, index).map(([name, value]) => (value === null ? `unset ${name}` : `${name}=${value}`))];
    lines.push(`  ${line(own(found, index))}`, ...done.map((text) => `      ${text}`));
  }
  const end = line(found.words);
  lines.push(found.reason === undefined ? `then executes ${end}` : `then, as an ordinary chain (${found.reason}): ${end}`);
  return `${lines.join("\n")}\n`;
}

/** The words of a link without those that are left to the links behind it. */
function own({ links, words: end }: Compilation, index: number): readonly string[] {
  const words = links[index]?.words ?? [];
  const rest = links[index + 1]?.words ?? end;
  let shared = 0;
  while (shared < Math.min(words.length - 1, rest.length) && words.at(-1 - shared) === rest.at(-1 - shared)) shared++;
  return words.slice(0, words.length - shared);
}

/** What a link does to the environment. */
function changes({ chain }: Compilation, index: number): (readonly [name: string, value: string | null])[] {
  const before = variables(chain.images[index]?.environment ?? []);
  const after = variables((chain.images[index + 1] ?? chain.end).environment);
  const gone = [...before.keys()].filter((name) => !after.has(name)).map((name) => [name, null] as const);
  return [...gone, ...[...after].filter(([name, value]) => before.get(name) !== value)];
}

const variables = (environment: readonly string[]): Map<string, string> =>
  new Map(environment.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));

const line = (words: readonly string[]): string => words.map(word).join(" ");

const RESOURCE_NAMES = new Map<number, string>(Object.entries(RESOURCES).map(([name, number]) => [number, name]));

function stepText(step: Step): string {
  switch (step.type) {
    case "chdir": return `directory ${step.path}`;
    case "umask": return `umask ${step.mask.toString(8).padStart(4, "0")}`;
    case "move": return step.copy ? `descriptor ${step.to} is a copy of ${step.from}` : `descriptor ${step.from} becomes ${step.to}`;
    case "close": return `descriptor ${step.fd} is closed`;
    case "swap": return `descriptors ${step.one} and ${step.other} change places`;
    case "block": return `descriptor ${step.fd} ${step.nonblocking ? "does not block" : "blocks"}`;
    case "open": return `descriptor ${step.fd} is ${step.file}`;
    case "socket": return `descriptor 0 ${step.backlog === 0 ? "is a socket" : "listens"} at ${step.path}`;
    case "pipe": return `a pipe from ${step.writeEnd} to ${step.readEnd}`;
    case "groups": return `groups ${step.groups.join(",")}`;
    case "gid": return `group ${step.gid}`;
    case "uid": return `user ${step.uid}`;
    case "limit": return `limit ${RESOURCE_NAMES.get(step.resource) ?? step.resource} (${step.mode}) ${step.value ?? "as high as possible"}`;
    case "limits": return `limit ${RESOURCE_NAMES.get(step.resource) ?? step.resource} ${step.soft} ${step.hard}`;
    case "session": return "a session of its own";
    case "group": return "a process group of its own";
    case "lock": return `${step.isShared ? "shared lock" : "lock"} of ${step.file}${step.fd === undefined ? "" : ` on descriptor ${step.fd}`}`;
  }
}

