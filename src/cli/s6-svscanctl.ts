import { MAX_SCAN_LETTERS, REEXEC_LETTER, SCAN_CONTROLS } from "../formats/control.ts";
import { describeFailure } from "./control.ts";
import { ExitError, UsageError } from "./failures.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

export const s6svscanctl: Program = {
  name: "s6-svscanctl",
  synopsis: "s6-svscanctl [ -zabhitqnN ] [ --reexec ] svscandir",
  help: `Sends commands, in the order given, to the s6-svscan of a scan directory; without any, only checks that it
listens. Options come before the directory.

${Object.entries(SCAN_CONTROLS).map(([letter, help]) => `  -${letter}  ${help}`).join("\n")}
  --reexec  become the version of itself that is installed now: same process, same services, nothing is restarted. One
            that does not start, or can't read what the running one wrote, is refused

Exit codes: 0 success, 100 wrong usage or no s6-svscan there, 111 system error.`,
  main({ args, sys }) {
    const { options, operands: [scandir] } = parseOptions(args, "zabhitqnN", ["reexec"]);
    const letters = options.map(({ name }) => (name === "reexec" ? REEXEC_LETTER : name)).join("");
    if (letters.length > MAX_SCAN_LETTERS) throw new ExitError(100, "too many commands");
    if (scandir === undefined) throw new UsageError();

    const outcome = sys.sendControl(scandir, ".s6-svscan", letters);
    if (outcome.type === "sent") return 0;
    throw new ExitError(outcome.type === "failed" ? 111 : 100, describeFailure(outcome, scandir, ".s6-svscan"));
  },
};
