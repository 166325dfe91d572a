import { ExitError, unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseUint } from "../formats/uint.ts";
import { SystemError } from "../sys/system-error.ts";
import { becomes, type ChainProcess, type Next } from "./process.ts";
import { storing, variableName } from "./store.ts";

/** Programs that tell the rest of a chain something about its process. */

/** getpid [ -E | -e ] [ -P | -p ] VARIABLE PROG... */
export function runGetpid(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [name, ...rest] } = parseOptions(args, "EePp");
  let [autoimport, ofParent] = [false, false];
  for (const { name: option } of options) {
    switch (option) {
      case "E": autoimport = true; break;
      case "e": autoimport = false; break;
      case "P": ofParent = true; break;
      case "p": ofParent = false; break;
    }
  }
  if (name === undefined || rest.length === 0) throw new UsageError();
  const { sys } = process;
  return storing(process, [variableName(name)], String(ofParent ? sys.parentOf(sys.pid()) : sys.pid()), rest, autoimport);
}

/** getcwd [ -E | -e ] VARIABLE PROG... */
export function runGetcwd(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [name, ...rest] } = parseOptions(args, "Ee");
  if (name === undefined || rest.length === 0) throw new UsageError();
  variableName(name);
  const path = unableTo("getcwd", () => Buffer.from(process.sys.cwdBytes()).toString("latin1"));
  return storing(process, [name], path, rest, options.at(-1)?.name === "E");
}

/** fdreserve NUMBER PROG...: FD0, FD1 and so on are descriptors that nobody has. */
export function runFdreserve([text = "", ...rest]: readonly string[], process: ChainProcess): Next {
  const count = parseUint(text);
  if (count === undefined || rest.length === 0) throw new UsageError();
  const { descriptors, environment } = process;
  if (BigInt(count) > descriptors.limit) throw new ExitError(100, "too many requested fds");
  const free = descriptors.free(count);
  if (free.length < count) {
    // C gets them by two, and an odd one at the end.
    const isLast = count % 2 === 1 && free.length === count - 1;
    unableTo(isLast ? "reserve last fd" : "reserve fds", () => { throw new SystemError("pipe", undefined, "EMFILE"); });
  }
  for (const [index, fd] of free.entries()) environment.set(`FD${index}`, String(fd));
  return becomes(rest);
}
