import { parseExeclineb, scriptLink } from "../chain/execlineb.ts";
import { readFileOf } from "../chain/read-all.ts";
import { follow, type ProcessProgram } from "./chain.ts";

const NAME = "execlineb";

export const execlineb: ProcessProgram = {
  name: NAME,
  synopsis: `${NAME} [ -q | -w | -W ] [ -p | -P | -S n | -s n ] [ -e ] [ -c text | file ] args...`,
  help: `Becomes the command line that a script is: of FILE, or of TEXT. A script without words is success.

  -c TEXT  the script itself; $0 is then what execlineb was called by
The arguments of the script become the variables # 0 1 2..., and what these were is kept one level down, unless
  -p       they replace them
  -P       they are passed over
  -S N     they are put into the script for $# $@ $0 $1 $2... (at least up to N)
  -s N     the same, but $@ begins behind the first N
Words of a block that are none, or too few arguments for N, are
  -q       fine
  -w       worth a warning
  -W       an error (default for all three: what $EXECLINE_STRICT says)
  -e       nothing

Exit codes: 100 wrong usage or script, 111 system error, 126 or 127 the first program of the script can't be executed.`,
  run(args, process) {
    const call = parseExeclineb(args);
    const { source } = call;
    const inherited = process.environment.get("EXECLINE_STRICT");
    if ("text" in source) return follow(scriptLink(call, source.text, process.argv0, inherited), process);
    const content = readFileOf(process.sys, source.file, { open: `open ${source.file} for reading`, read: "parse script" }) ?? [];
    return follow(scriptLink(call, Buffer.from(content).toString("latin1"), source.file, inherited), process);
  },
};
