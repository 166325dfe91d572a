import { parseInstance } from "./instances.ts";
import { parseOptions } from "./options.ts";
import { exitCodeOf, type Program } from "./program.ts";
import { FIELD_OF_LETTER, s6svstat } from "./s6-svstat.ts";
import { STATUS_FIELDS } from "./status-fields.ts";

const NAME = "s6-instance-status";
/** Those of s6 2.11: what came later has not come here. */
const LETTERS = "uwNrpest";

export const s6instancestatus: Program = {
  name: NAME,
  synopsis: `${NAME} [ -${LETTERS} | -o ${Object.keys(STATUS_FIELDS).join()} | --json ] [ -n ] service instancename`,
  help: `What an instance is doing: becomes s6-svstat with the same options. Options come before the service.

  -o FIELDS  print these fields (comma-separated), one space between them
${Object.entries(FIELD_OF_LETTER).filter(([letter]) => LETTERS.includes(letter)).map(([letter, field]) => `  -${letter}         same as -o ${field}`).join("\n")}
  -n         in the line for people, print the number of a signal instead of its name
  --json     one JSON object

Exit codes: 0 success, 1 not supervised, 100 wrong usage, 111 system error.`,
  main(context) {
    const { options, operands } = parseOptions(context.args, `${LETTERS}no:`, ["json"]);
    const { scandir, name } = parseInstance(operands);
    const given = options.flatMap((option) => {
      if (option.name === "json") return ["--json"];
      return option.name === "o" ? ["-o", option.value] : [`-${option.name}`];
    });
    return exitCodeOf(s6svstat, { ...context, args: [...given, "--", `${scandir}/${name}`] });
  },
};
