import { SystemError } from "../sys/system-error.ts";
import { ExitError, unableTo } from "./failures.ts";
import { type Instance, parseInstance, requireLive } from "./instances.ts";
import { type LinkRequest, linkService, parseLinkOptions } from "./link-service.ts";
import { makeDirectoryIfMissing } from "./make-directory.ts";
import type { Context, Program } from "./program.ts";

const NAME = "s6-instance-create";

export const s6instancecreate: Program = {
  name: NAME,
  synopsis: `${NAME} [ -d | -D ] [ -f ] [ -P ] [ -t timeout ] service instancename`,
  help: `Makes an instance of an instanced service that runs (s6-instance-maker): a copy of its template, and waits until a
supervisor runs on it and on its logger. Options come before the service.

  -d     supervise, but do not start the instance now; leaves no down file
  -D     the same, and leave a down file
  -P     let everybody listen to event/; default: only our own group
  -f     give an event/ that the template has these rights, too
  -t MS  wait at most so many milliseconds; 0 = no limit

Exit codes: 0 success, 1 the service does not run, 99 timed out, 100 wrong usage or the instance exists, 111 system
error. Unless 0, the instance is removed again.`,
  main(context) {
    const { operands, ...wishes } = parseLinkOptions(context.args);
    const instance = parseInstance(operands);
    const { sys } = context;
    for (const directory of [`${instance.service}/instances`, instance.scandir]) {
      unableTo(`mkdir ${directory}`, () => makeDirectoryIfMissing(sys, directory));
    }
    requireLive(sys, instance.service);
    create(context, instance, wishes);
    return 0;
  },
};

type Wishes = Pick<LinkRequest, "down" | "force" | "isPublic" | "timeoutMs">;

function create(context: Context, { service, name, scandir, servicedir }: Instance, wishes: Wishes): void {
  const { sys } = context;
  const instances = `${service}/instances`;
  const template = `${service}/template`;
  const creation = {
    make() {
      try {
        sys.copyTreeInto(template, instances, name);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        if (error.code === "EEXIST") throw new ExitError(100, `instance appears to already exist at ${servicedir}`);
        throw new ExitError(111, `unable to copy ${template} to ${servicedir}: ${error.reason}`, { cause: error });
      }
    },
    remove: () => sys.removeTreeIn(instances, name),
  };
  const purpose = `create instance ${name} of ${service}`;
  try {
    const request = { ...wishes, program: NAME, scandir, servicedir, name, target: `../instances/${name}`, creation };
    unableTo(purpose, () => linkService(context, request));
  } catch (error) {
    if (!(error instanceof ExitError) || error.exitCode !== 99) throw error;
    throw new ExitError(99, `unable to ${purpose}: ${error.message}`, { cause: error });
  }
}
