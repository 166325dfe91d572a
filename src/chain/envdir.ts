import { UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import type { ImportRules, Link } from "./operation.ts";

/** s6-envdir [ -I | -i ] [ -n ] [ -f ] [ -L ] [ -c nullchar ] dir prog... */
export function parseEnvdir(args: readonly string[]): Link {
  const { options, operands: [directory, ...rest] } = parseOptions(args, "IinfLc:");
  let [mayBeMissing, chomp, verbatim, limited, nullText] = [false, true, false, true, "\n"];
  for (const { name, value } of options) {
    switch (name) {
      case "I": mayBeMissing = true; break;
      case "i": mayBeMissing = false; break;
      case "n": chomp = false; break;
      case "f": verbatim = true; break;
      case "L": limited = false; break;
      case "c": nullText = value; break;
    }
  }
  if (directory === undefined || rest.length === 0) throw new UsageError();
  return { operations: [{ type: "import", directory, rules: { mayBeMissing, chomp, verbatim, limited, nullText } }], rest };
}

/** Other files of the directory are passed over. */
export const isVariable = (file: string): boolean => !file.startsWith(".") && !file.includes("=");

/** How much of a file is read (the documentation of s6 says 4096). */
export const importLimit = ({ limited }: ImportRules): number => (limited ? 4095 : Number.POSITIVE_INFINITY);

/** The value that a file gives; undefined: an empty one removes the variable. Bytes, a character each. */
export function importedValue(content: string, { chomp, verbatim, nullText }: ImportRules): string | undefined {
  if (content === "") return undefined;
  const nullByte = Buffer.from(nullText).toString("latin1", 0, 1);
  return delimited(content, chomp, verbatim).replaceAll("\0", nullByte);
}

function delimited(content: string, chomp: boolean, verbatim: boolean): string {
  if (verbatim) return chomp && content.endsWith("\n") ? content.slice(0, -1) : content;
  const end = content.indexOf("\n");
  const line = end < 0 ? content : content.slice(0, end);
  return chomp ? line.replace(/[ \t\r]+$/, "") : line;
}
