import { basename } from "node:path";
import { launch } from "../sys/launch.ts";
import { become } from "./become.ts";
import { ExitError, infoLine, UsageError, warningLine } from "./failures.ts";
import { parseOptions } from "./options.ts";
import { programPath } from "./program-path.ts";
import type { Context, Program } from "./program.ts";

const NAME = "s6-alias";

/** Answers the command line that a name of daemontools or runit stands for. @throws ExitError 100 */
type Translation = (args: readonly string[], context: Context) => readonly string[];

const as = (program: string): Translation => (args) => [program, ...args];
const refused = (reason: string): Translation => () => {
  throw new ExitError(100, reason);
};

const DAEMONTOOLS: Readonly<Record<string, Translation>> = {
  ...Object.fromEntries(
    ["envdir", "envuidgid", "fghack", "setlock", "setuidgid", "softlimit", "supervise", "svc", "svok", "svscan", "svstat", "tai64n", "tai64nlocal"]
      .map((name) => [name, as(`s6-${name}`)]),
  ),
  multilog: as("s6-log"),
  pgrphack: as("s6-setsid"),
  svscanboot: () => ["s6-svscanboot", "-c", "/dev/console", "--", "/service"],
  readproctitle: refused("readproctitle has no equivalent in s6: use a catch-all logger (s6-svscanboot)"),
};

const RUNIT: Readonly<Record<string, Translation>> = {
  runsv: as("s6-supervise"),
  chpst: as("s6-alias-chpst"),
  sv: as("s6-alias-sv"),
  runsvdir: scanDirectory,
  runit: refused("runit has no equivalent in s6: use s6-svscan as process 1, or s6-linux-init"),
  "runit-init": refused("runit-init has no equivalent in s6: use s6-linux-init"),
  runsvchdir: refused("runsvchdir has no equivalent in s6: use s6-rc"),
  svlogd: refused("svlogd has no equivalent in s6: use s6-log, whose options are others"),
  utmpset: refused("utmpset has no equivalent in s6: use utmps"),
};

const ALIASES = { ...DAEMONTOOLS, ...RUNIT };

export const s6alias: Program = {
  name: NAME,
  synopsis: `${NAME} [ -v ] name [ arguments... ]`,
  help: `Becomes the program of s6 that does what a program of daemontools or runit does. A symbolic link to it with one of
these names is that program.

  -v  say what it becomes

daemontools: ${Object.keys(DAEMONTOOLS).join(" ").replace(" svstat", "\n             svstat")}
runit:       ${Object.keys(RUNIT).join(" ")}

Arguments stay as they are: programs of s6 have options of their own. Exit codes: 100 wrong usage, unknown name, or
nothing in s6 does that, 126 or 127 the program can't be executed.`,
  main(context) {
    const called = basename(launch.argv0 ?? NAME);
    if (called !== NAME && Object.hasOwn(ALIASES, called)) return becomeAlias(context, called, context.args, false);
    const { options, operands: [name, ...args] } = parseOptions(context.args, "v");
    if (name === undefined) throw new UsageError();
    return becomeAlias(context, basename(name), args, options.length > 0);
  },
};

function becomeAlias(context: Context, name: string, args: readonly string[], verbose: boolean): never {
  const translate = Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
  if (translate === undefined) throw new ExitError(100, `unknown alias: ${name}`);
  const [program = "", ...words] = translate(args, context);
  const argv = [programPath(context.sys, program), ...words];
  if (verbose) context.stderr(infoLine(NAME, `executing command line: ${argv.join(" ")}`));
  return become(context.sys, argv);
}

/** Its second operand, a text to log into, is that of readproctitle. */
function scanDirectory(args: readonly string[], { stderr }: Context): readonly string[] {
  const { options, operands: [scandir] } = parseOptions(args, "P");
  if (scandir === undefined) throw new ExitError(100, "usage: runsvdir [ -P ] dir");
  if (options.length > 0) stderr(warningLine(NAME, "runsvdir -P has no effect: every service of s6 has a session of its own"));
  return ["s6-svscan", "-t0", "--", scandir];
}
