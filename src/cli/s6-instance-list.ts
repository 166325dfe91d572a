import { unableTo, UsageError } from "./failures.ts";
import { requireLive, requireService } from "./instances.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

const NAME = "s6-instance-list";

export const s6instancelist: Program = {
  name: NAME,
  synopsis: `${NAME} service`,
  help: `Prints the names of the instances of an instanced service, one per line, in no particular order.

Exit codes: 0 success, 1 the service does not run, 100 wrong usage, 111 system error.`,
  main({ args, sys, stdout }) {
    const { operands: [service] } = parseOptions(args, "");
    if (service === undefined) throw new UsageError();
    requireService(service);
    requireLive(sys, service);
    const names = unableTo(`read directory ${service}/instance`, () => sys.readdir(`${service}/instance`));
    stdout(names.filter((name) => !name.startsWith(".")).map((name) => `${name}\n`).join(""));
    return 0;
  },
};
