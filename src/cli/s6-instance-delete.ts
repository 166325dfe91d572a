import { unableTo } from "./failures.ts";
import { parseInstance, requireLive } from "./instances.ts";
import type { Program } from "./program.ts";
import { parseUnlinkOptions, unlinkService } from "./unlink-service.ts";

const NAME = "s6-instance-delete";

export const s6instancedelete: Program = {
  name: NAME,
  synopsis: `${NAME} [ -X ] [ -t timeout ] service instancename`,
  help: `Stops an instance of an instanced service, waits for the end of its supervisor and its logger's, and removes its
directory with all that is in it. Options come before the service.

  -X     do not wait
  -t MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 success, also when there was no such instance or the time was over, 1 the service does not run, 100 wrong
usage, 111 system error.`,
  main(context) {
    const { operands, ...wishes } = parseUnlinkOptions(context.args);
    const { service, name, scandir, servicedir } = parseInstance(operands);
    requireLive(context.sys, service);
    unlinkService(context, { program: NAME, scandir, name, ...wishes });
    unableTo(`remove ${servicedir}`, () => context.sys.removeTreeIn(`${service}/instances`, name));
    return 0;
  },
};
