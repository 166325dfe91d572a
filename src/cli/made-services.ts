import type { Sys } from "../sys/sys.ts";
import { interpreter, program, quoted, word } from "./execline.ts";
import { makeDirectory } from "./make-directory.ts";
import type { DefinitionNames, LoggerOptions } from "./maker-options.ts";

/** The directories that s6-instance-maker and s6-usertree-maker write: for s6-svscan, or definitions for s6-rc. */

/** Where both s6-svscan and s6-log say that they are ready. */
export const NOTIFICATION_FD = 3;

interface Made {
  /** The run script of the service. */
  readonly run: string;
  /** That of its logger, if it has one. */
  readonly logger: string | undefined;
  /** Puts more into the directory of the service. */
  fill?(servicedir: string): void;
}

/** DIR is the service directory, with a log/. It exists already, and is empty. */
export function writeServicedir(sys: Sys, dir: string, { run, logger, fill }: Made): void {
  write(sys, dir, { run });
  makeExecutable(sys, `${dir}/run`);
  fill?.(dir);
  if (logger === undefined) return;
  makeDirectory(sys, `${dir}/log`);
  write(sys, `${dir}/log`, { run: logger });
  makeExecutable(sys, `${dir}/log/run`);
}

/** DIR has a definition of the service, and one of its logger. It exists already, and is empty. */
export function writeDefinitions(sys: Sys, dir: string, names: DefinitionNames, { run, logger, fill }: Made): void {
  const { service, logger: loggerName, pipeline } = names;
  makeDirectory(sys, `${dir}/${service}`);
  write(sys, `${dir}/${service}`, { run, type: "longrun\n", ...lineFile("producer-for", loggerName) });
  fill?.(`${dir}/${service}`);
  if (loggerName === undefined || logger === undefined) return;
  makeDirectory(sys, `${dir}/${loggerName}`);
  write(sys, `${dir}/${loggerName}`, {
    run: logger, type: "longrun\n", ...lineFile("consumer-for", service), ...lineFile("pipeline-name", pipeline),
  });
}

const lineFile = (name: string, line: string | undefined): Readonly<Record<string, string>> =>
  line === undefined ? {} : { [name]: `${line}\n` };

function write(sys: Sys, dir: string, files: Readonly<Record<string, string>>): void {
  const all = { ...files, "notification-fd": `${NOTIFICATION_FD}\n` };
  for (const [name, text] of Object.entries(all)) sys.replaceFile(`${dir}/${name}`, Buffer.from(text));
}

/** For whoever may read it. */
function makeExecutable(sys: Sys, path: string): void {
  const mode = sys.stat(path).mode & 0o7777;
  sys.chmod(path, mode | ((mode & 0o444) >> 2));
}

/** Of the run script of a logger. */
export function loggerScript(sys: Sys, logdir: string, options: LoggerOptions): string {
  const { user, stampType, files, fileSize, maxSize, prefix } = options;
  const directives = [
    ...(stampType & 1 ? ["t"] : []),
    ...(stampType & 2 ? ["T"] : []),
    `n${files}`,
    `s${fileSize}`,
    ...(maxSize > 0n ? [`S${maxSize}`] : []),
    ...(prefix === undefined ? [] : [word(`p${prefix}`)]),
    quoted(logdir),
  ];
  const drop = user === undefined ? "" : `${program(sys, "s6-setuidgid")} ${quoted(user)}\n`;
  return `${interpreter(sys, "-P")}${drop}${program(sys, "s6-log")} -bd${NOTIFICATION_FD} -- ${directives.join(" ")}\n`;
}
