import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { encodeNetstrings } from "../execline/netstring.ts";
import { byteString } from "../formats/bytes.ts";
import { parseUint } from "../formats/uint.ts";
import { countOfPositionals, positionals } from "./positional-variables.ts";
import { type ChainProcess, exits, type Next } from "./process.ts";

/** Programs that say something, and exit. */

/** exit [ CODE ]: no options, and what is behind it does not count. */
export function runExit([text = "0"]: readonly string[]): Next {
  const code = parseUint(text);
  if (code === undefined) throw new UsageError();
  return exits(code & 0xff);
}

/** homeof USER */
export function runHomeof([user]: readonly string[], process: ChainProcess): Next {
  if (user === undefined) throw new UsageError();
  const home = process.sys.homeOf(Buffer.from(user, "latin1").toString());
  if (home === undefined) throw new ExitError(111, `: unable to get passwd entry for ${user}: no such user`);
  process.stdout(`${byteString(home)}\n`);
  return exits(0);
}

/** dollarat [ -n ] [ -0 | -d DELIMITER ] */
export function runDollarat(args: readonly string[], process: ChainProcess): Next {
  const { options } = parseOptions(args, "n0d:");
  let [isTerminated, delimiter] = [true, "\n"];
  for (const { name, value } of options) {
    switch (name) {
      case "n": isTerminated = false; break;
      case "0": delimiter = "\0"; break;
      case "d": delimiter = value.slice(0, 1); break;
    }
  }
  const { environment } = process;
  const words = [...positionals(environment, 1, countOfPositionals(environment))];
  const text = delimiter === "" ? encodeNetstrings(words) : words.map((word) => word + delimiter).join("");
  const said = isTerminated || delimiter === "" ? text : text.slice(0, -1);
  if (said !== "") process.stdout(said);
  return exits(0);
}
