import { parseUint } from "../formats/uint.ts";
import type { Sys } from "../sys/sys.ts";
import { interpreter, program, quoted } from "./execline.ts";
import { ExitError, known, unableTo, UsageError } from "./failures.ts";
import { loggerScript, NOTIFICATION_FD, writeDefinitions, writeServicedir } from "./made-services.ts";
import { makeDirectory, makeWhole } from "./make-directory.ts";
import { type DefinitionNames, LOGGER_HELP, LoggerOptions, parseDefinitionNames, requireAbsolute } from "./maker-options.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

const NAME = "s6-instance-maker";
const MAX = { usual: 500, least: 1, most: 90_000 } as const;

export const s6instancemaker: Program = {
  name: NAME,
  synopsis: `${NAME} [ -c max ] [ -u user ] [ -l loguser ] [ -L logdir ] [ -t stamptype ] [ -n nfiles ] [ -s filesize ] [ -S maxsize ] [ -P prefix ] [ -r service[/logger[/pipeline]] ] template dir`,
  help: `Makes DIR, the service directory of an instanced service: an s6-svscan that supervises copies of TEMPLATE, a service
directory, which come and go by s6-instance-create and s6-instance-delete. Options come before the template.

  -c MAX     at most so many instances (default ${MAX.usual})
  -u USER    run the instances as this user
  -r NAMES   DIR gets definitions for s6-rc of these names instead
  -L LOGDIR  log what the instances say there
${LOGGER_HELP}

Exit codes: 0 success, 100 wrong usage, 111 system error, also when DIR exists. Unless 0, DIR is removed again.`,
  main({ args, sys }) {
    const { options, operands: [template, dir] } = parseOptions(args, "c:r:u:l:L:t:n:s:S:P:");
    const logging = new LoggerOptions();
    let max: number = MAX.usual;
    let user: string | undefined;
    let logdir: string | undefined;
    let names: DefinitionNames | undefined;
    for (const { name, value } of options) {
      switch (name) {
        case "c": max = Math.min(Math.max(known(parseUint(value)), MAX.least), MAX.most); break;
        case "r": names = parseDefinitionNames(value, "service or service/logger or service/logger/pipeline"); break;
        case "u": user = value; break;
        case "L": logdir = value; break;
        default: logging.take(name, value);
      }
    }
    if (template === undefined || dir === undefined) throw new UsageError();
    if (logdir !== undefined) requireAbsolute(logdir);
    if (user !== undefined && /[ \t\f\r\n]/.test(user)) throw new ExitError(100, "invalid user");
    if (names?.logger !== undefined && logdir === undefined) throw new ExitError(100, "logger specified (-r) but logdir not specified (-L)");
    if (names !== undefined && names.logger === undefined && logdir !== undefined) {
      throw new ExitError(100, "logdir specified (-L) but logger name not specified (-r)");
    }

    // With a logger each, they are twice as many to s6-svscan.
    const isLogged = (logdir !== undefined && names === undefined) || sys.statIfPresent(`${template}/log`)?.isDirectory === true;
    const made = {
      run: runScript(sys, user, isLogged ? 2 * max : max),
      logger: logdir === undefined ? undefined : loggerScript(sys, logdir, logging),
      fill(servicedir: string): void {
        const what = `copy file hierarchy from ${template} to ${servicedir}/template`;
        unableTo(what, () => sys.copyTreeInto(sys.realpath(template), servicedir, "template"));
        // A definition is not what runs: there, s6-instance-create makes these when they are needed.
        if (names === undefined) for (const name of ["instance", "instances"]) makeDirectory(sys, `${servicedir}/${name}`);
      },
    };
    makeWhole(sys, dir, () => {
      if (names === undefined) writeServicedir(sys, dir, made);
      else writeDefinitions(sys, dir, names, made);
    });
    return 0;
  },
};

function runScript(sys: Sys, user: string | undefined, max: number): string {
  return [
    interpreter(sys, "-P"),
    `${program(sys, "fdmove")} -c 2 1`,
    ...(user === undefined || user === "" ? [] : [`${program(sys, "s6-setuidgid")} ${quoted(user)}`]),
    `${program(sys, "s6-svscan")} -d${NOTIFICATION_FD} -C${max} -- instance\n`,
  ].join("\n");
}
