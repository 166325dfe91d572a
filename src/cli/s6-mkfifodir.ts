import { parseUint } from "../formats/uint.ts";
import { unableTo, UsageError } from "./failures.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";

export const s6mkfifodir: Program = {
  name: "s6-mkfifodir",
  synopsis: "s6-mkfifodir [ -f ] [ -g gid ] fifodir",
  help: `Makes a directory in which others can subscribe to events. An existing one is left as it is.

  -f      give an existing directory the rights, too
  -g GID  only members of this group (a number) may subscribe; default: everybody

Exit codes: 0 success, 100 wrong usage, 111 system error.`,
  main({ args, sys }) {
    const { options, operands: [fifodir] } = parseOptions(args, "fg:");
    let force = false;
    let gid: number | undefined;
    for (const { name, value } of options) {
      switch (name) {
        case "f": force = true; break;
        case "g": gid = parseGid(value); break;
      }
    }
    if (fifodir === undefined) throw new UsageError();
    unableTo(`create fifodir at ${fifodir}`, () => sys.makeFifodir(fifodir, gid, force));
    return 0;
  },
};

function parseGid(text: string): number {
  const gid = parseUint(text);
  if (gid === undefined) throw new UsageError();
  return gid;
}
