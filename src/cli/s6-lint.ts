import { type Finding, type Level, verdict } from "../diagnosis/lint/finding.ts";
import { lintScandir } from "../diagnosis/lint/scandir.ts";
import { lintService } from "../diagnosis/lint/service.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { UsageError, warningLine } from "./failures.ts";
import { readScandir, readServices, targetsOf } from "./lint-facts.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

const SYSTEM_FAILED = 111;

export const s6lint: Program = {
  name: "s6-lint",
  synopsis: "s6-lint [ -j ] [ -q ] servicedir|scandir...",
  help: `Looks at service directories, and at all those in scan directories, for what will not work, or not as it was meant:
scripts that can't be executed, daemons that go into the background, values that s6 ignores, names that are nearly those
of s6. A directory that is neither is searched for them, two levels deep. Runs nothing and changes nothing; a service
need not be supervised. Prints a line "PATH: LEVEL: TEXT [ID]" for each finding; the level is error, warning or info.

  -j  one JSON object per line instead: path, level, id, text
  -q  print no findings: the exit code tells

Exit codes: 0 nothing above info, 1 warnings, 2 errors, 100 wrong usage, 111 system error (what could be looked at has
been).`,
  main({ args, sys, stdout, stderr }) {
    const { options, operands } = parseOptions(args, "jq");
    if (operands.length === 0 || operands.includes("")) throw new UsageError();
    const isQuiet = options.some(({ name }) => name === "q");
    const render = options.some(({ name }) => name === "j") ? jsonLine : line;
    const levels = new Set<Level>();
    let hasFailed = false;
    const tell = (findings: readonly Finding[]): void => {
      for (const finding of findings) {
        levels.add(finding.level);
        if (!isQuiet) stdout(render(finding));
      }
    };
    const attempt = (path: string, look: () => void): void => {
      try {
        look();
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        hasFailed = true;
        stderr(warningLine("s6-lint", `unable to look at ${path}: ${error.reason}`));
      }
    };
    for (const operand of operands) {
      const path = operand.replace(/(?<=.)\/+$/, "");
      attempt(path, () => {
        const services = targetsOf(sys, path).flatMap((target) => (target.isScandir ? lintEntries(sys, target.path, tell) : [target.path]));
        for (const service of services) attempt(service, () => tell(readServices(sys, service).flatMap(lintService)));
      });
    }
    return hasFailed ? SYSTEM_FAILED : verdict(levels);
  },
};

/** Answers the paths of the services. */
function lintEntries(sys: Sys, scandir: string, tell: (findings: readonly Finding[]) => void): string[] {
  const facts = readScandir(sys, scandir);
  tell(lintScandir(facts));
  return facts.entries.filter(({ kind }) => kind === "directory").map(({ name }) => `${scandir}/${name}`);
}

const line = ({ path, level, id, text }: Finding): string => `${path}: ${level}: ${text} [${id}]\n`;
const jsonLine = ({ path, level, id, text }: Finding): string => `${JSON.stringify({ path, level, id, text })}\n`;
