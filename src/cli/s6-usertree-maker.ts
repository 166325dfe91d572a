import type { Sys } from "../sys/sys.ts";
import { interpreter, program, quoted } from "./execline.ts";
import { ExitError, UsageError } from "./failures.ts";
import { loggerScript, NOTIFICATION_FD, writeDefinitions, writeServicedir } from "./made-services.ts";
import { makeWhole } from "./make-directory.ts";
import { type DefinitionNames, LOGGER_HELP, LoggerOptions, parseDefinitionNames, requireAbsolute } from "./maker-options.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

const NAME = "s6-usertree-maker";
const HOME = `\${HOME}/`;
const DEFAULT_SCANDIR = `${HOME}service`;
const DEFAULT_PATH = "/usr/bin:/bin";
const MAX_VARIABLES = 64;
const NAMES_FORM = "service/logger or service/logger/pipeline";

export const s6usertreemaker: Program = {
  name: NAME,
  synopsis: `${NAME} [ -d userscandir ] [ -p path ] [ -E envdir [ -e var ... ] ] [ -r service/logger[/pipeline] ] [ -l loguser ] [ -t stamptype ] [ -n nfiles ] [ -s filesize ] [ -S maxsize ] [ -P prefix ] user logdir dir`,
  help: `Makes DIR, a service directory that runs a supervision tree as USER and logs what the tree says to LOGDIR. Options
come before the user.

  -d DIR     the scan directory of the tree, absolute or below \${HOME}/ (default ${DEFAULT_SCANDIR})
  -p PATH    its PATH (default ${DEFAULT_PATH})
  -E DIR     its environment has the variables of this directory (s6-envdir), too
  -e VAR     \${VAR} is its value, in the scan directory and in -p; may be repeated
  -r NAMES   DIR gets definitions for s6-rc of these names instead
${LOGGER_HELP}

USER, HOME, UID, GID and GIDLIST are in its environment; \${USER} and the like in -p and -d are their values.

Exit codes: 0 success, 100 wrong usage, 111 system error, also when DIR exists. Unless 0, DIR is removed again.`,
  main({ args, sys }) {
    const { options, operands: [user, logdir, dir] } = parseOptions(args, "d:p:E:e:r:l:t:n:s:S:P:");
    const logging = new LoggerOptions();
    const variables: string[] = [];
    let [scandir, path] = [DEFAULT_SCANDIR, DEFAULT_PATH];
    let envdir: string | undefined;
    let names: DefinitionNames | undefined;
    for (const { name, value } of options) {
      switch (name) {
        case "d": scandir = value; break;
        case "p": path = value; break;
        case "E": envdir = value; break;
        case "e": variables.push(value); break;
        case "r": names = parseDefinitionNames(value, NAMES_FORM); break;
        default: logging.take(name, value);
      }
    }
    if (user === undefined || logdir === undefined || dir === undefined) throw new UsageError();
    requireAbsolute(logdir);
    if (!scandir.startsWith("/") && !scandir.startsWith(HOME)) {
      throw new ExitError(100, `userscandir must be absolute or start with ${HOME}`);
    }
    if (variables.length > MAX_VARIABLES) throw new ExitError(100, "too many -e variables");
    const invalid = variables.find((variable) => variable.includes("="));
    if (invalid !== undefined) throw new ExitError(100, `invalid variable name: ${invalid}`);
    if (names !== undefined && names.logger === undefined) throw new ExitError(100, `argument to -r must be: ${NAMES_FORM}`);

    const run = runScript(sys, { user, scandir, path, imported: envdir === undefined ? undefined : { envdir, variables } });
    const made = { run, logger: loggerScript(sys, logdir, logging) };
    makeWhole(sys, dir, () => {
      if (names === undefined) writeServicedir(sys, dir, made);
      else writeDefinitions(sys, dir, names, made);
    });
    return 0;
  },
};

interface Tree {
  readonly user: string;
  readonly scandir: string;
  readonly path: string;
  /** What comes from -E and -e. */
  readonly imported: { readonly envdir: string; readonly variables: readonly string[] } | undefined;
}

const KNOWN = ["USER", "HOME", "UID", "GID", "GIDLIST"];

function runScript(sys: Sys, { user, scandir, path, imported }: Tree): string {
  const is = (name: string): string => program(sys, name);
  const variables = (imported?.variables ?? []).map(quoted);
  const substitute = (imports: readonly string[]): string[] =>
    imports.length === 0 ? [] : [is("multisubstitute"), "{", ...imports.map((line) => `  importas ${line}`), "}"];
  return [
    `${interpreter(sys, "-P")}${is("fdmove")} -c 2 1`,
    `${is("emptyenv")} -p`,
    `${is("export")} USER ${quoted(user)}`,
    `${is("s6-envuidgid")} -i -- ${quoted(user)}`,
    `${is("s6-applyuidgid")} -U --`,
    `${is("backtick")} -in HOME { ${is("homeof")} ${quoted(user)} }`,
    ...(imported === undefined ? [] : [`${is("s6-envdir")} -i -- ${quoted(imported.envdir)}`]),
    ...substitute(variables.map((variable) => `-D "" -- ${variable} ${variable}`)),
    ...substitute(KNOWN.map((name) => `-i ${name} ${name}`)),
    ...variables.map((variable) => `${is("export")} ${variable} \${${variable}}`),
    `${is("export")} PATH ${quoted(path)}`,
    `${is("s6-svscan")} -d${NOTIFICATION_FD} -- ${quoted(scandir)}\n`,
  ].join("\n");
}
