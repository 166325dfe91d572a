import { MAX_SCAN_LETTERS, REEXEC_LETTER, SCAN_CONTROLS, STRICT_REEXEC_LETTER } from "../formats/control.ts";
import { describeFailure } from "./control.ts";
import { ExitError, UsageError } from "./failures.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

export const s6svscanctl: Program = {
  name: "s6-svscanctl",
  synopsis: "s6-svscanctl [ -zabhitqnN ] [ --reexec [ --strict ] ] svscandir",
  help: `Sends commands, in the order given, to the s6-svscan of a scan directory; without any, only checks that it
listens. Options come before the directory.

${Object.entries(SCAN_CONTROLS).map(([letter, help]) => `  -${letter}  ${help}`).join("\n")}
  --reexec  become the version of itself that is installed now: same process, same services, nothing is restarted. One
            that does not start, or can't read what the running one wrote, is refused
  --strict  with --reexec: refuse it also when it would have decided otherwise than what the journal has recorded, which
            is else only a warning

Exit codes: 0 success, 100 wrong usage or no s6-svscan there, 111 system error.`,
  main({ args, sys }) {
    const { options, operands: [scandir] } = parseOptions(args, "zabhitqnN", ["reexec", "strict"]);
    const isStrict = options.some(({ name }) => name === "strict");
    if (isStrict && !options.some(({ name }) => name === "reexec")) throw new UsageError();
    const reexec = isStrict ? STRICT_REEXEC_LETTER : REEXEC_LETTER;
    const letters = options.flatMap(({ name }) => (name === "strict" ? [] : [name === "reexec" ? reexec : name])).join("");
    if (letters.length > MAX_SCAN_LETTERS) throw new ExitError(100, "too many commands");
    if (scandir === undefined) throw new UsageError();

    const outcome = sys.sendControl(scandir, ".s6-svscan", letters);
    if (outcome.type === "sent") return 0;
    throw new ExitError(outcome.type === "failed" ? 111 : 100, describeFailure(outcome, scandir, ".s6-svscan"));
  },
};
