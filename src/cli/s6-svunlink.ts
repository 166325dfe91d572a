import { ExitError, UsageError } from "./failures.ts";
import type { Program } from "./program.ts";
import { parseUnlinkOptions, unlinkService } from "./unlink-service.ts";

const NAME = "s6-svunlink";

export const s6svunlink: Program = {
  name: NAME,
  synopsis: "s6-svunlink [ -X ] [ -t timeout ] scandir servicename",
  help: `Removes a link to a service directory from a scan directory, has s6-svscan stop the service, and waits for the
end of its supervisor and its logger's. Options come before the directory.

  -X     do not wait
  -t MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 success, also when there was nothing to remove or the time was over, 100 wrong usage, 111 system error.`,
  main(context) {
    const { operands: [scandir, name], ...wishes } = parseUnlinkOptions(context.args);
    if (scandir === undefined || name === undefined) throw new UsageError();
    if (name === "" || name.startsWith(".") || name.startsWith("/")) throw new ExitError(100, "invalid service name");

    unlinkService(context, { program: NAME, scandir, name, ...wishes });
    return 0;
  },
};
