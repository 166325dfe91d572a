import { CONTROL_LETTERS, CONTROLS } from "../formats/control.ts";
import { isAwaited } from "./awaited.ts";
import { UsageError } from "./failures.ts";
import { parseInstance } from "./instances.ts";
import { parseOptions, parseTimeout } from "./options.ts";
import { exitCodeOf, type Program } from "./program.ts";
import { s6svc } from "./s6-svc.ts";

const NAME = "s6-instance-control";
/** Those of s6 2.11: what came later has not come here. */
const LETTERS = "abqhkti12pcyroduDUxO";

export const s6instancecontrol: Program = {
  name: NAME,
  synopsis: `${NAME} [ -wu | -wU | -wd | -wD | -wr | -wR ] [ -T timeout ] [ -${LETTERS} ] service instancename`,
  help: `Sends commands to the supervisor of an instance: becomes s6-svc with the same options. Options come before the
service.

${CONTROL_LETTERS.filter((letter) => LETTERS.includes(letter)).map((letter) => `  -${letter}     ${CONTROLS[letter].help}`).join("\n")}
  -wX    wait until the instance is in state X (s6-svc)
  -T MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 success, 100 wrong usage, else those of s6-svc: 102 no supervisor, 99 timed out, 111 system error.`,
  main(context) {
    const { options, operands } = parseOptions(context.args, `${LETTERS}w:T:`);
    for (const { name, value } of options) {
      if (name === "w" && !isAwaited(value.charAt(0))) throw new UsageError();
      if (name === "T") parseTimeout(value);
    }
    const { scandir, name } = parseInstance(operands);
    const given = options.map((option) => `-${option.name}${option.value}`);
    return exitCodeOf(s6svc, { ...context, args: [...given, "--", `${scandir}/${name}`] });
  },
};
