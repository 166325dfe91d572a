// The table in the README: every program of s6 2.15.1.0, its options, and the tests that name it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const BEGIN = "<!-- every program: written by npm run fix -->\n";
const END = "<!-- end -->\n";

function* testsUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => a.name.localeCompare(b.name))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* testsUnder(path);
    else if (entry.name.endsWith(".test.ts") && entry.name !== "coverage.test.ts") yield { name: entry.name.slice(0, -".test.ts".length), text: readFileSync(path, "utf8") };
  }
}

const words = ({ options, long = [] }) => [...options.matchAll(/(.)(:?)/g)].map(([, letter]) => letter).join("") + (long.length > 0 ? ` and ${long.length} long` : "");

/** The README with its table as it should be. */
export function withCoverage(root) {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const known = JSON.parse(readFileSync(join(root, "docs", "s6-2.15.1.0.json"), "utf8"));
  const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const tests = [...testsUnder(join(root, "test"))];
  const rows = Object.entries(known).map(([name, options]) => {
    const named = new RegExp(`(?<![\\w-])${name}(?![\\w-])`);
    const by = tests.filter(({ text }) => named.test(text)).map((test) => test.name);
    const state = Object.hasOwn(bin, name) ? `[all](docs/programs/${name}.md)` : "not yet";
    return `| ${name} | ${words(options) || "-"} | ${state} | ${Object.hasOwn(bin, name) ? by.slice(0, 4).join(", ") + (by.length > 4 ? ` and ${by.length - 4} more` : "") : ""} |`;
  });
  const table = ["| program | options of 2.15.1.0 | here | tests that name it |", "|---|---|---|---|", ...rows].join("\n");
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error("README.md has no place for the table of programs");
  return `${readme.slice(0, from)}${BEGIN}\n${table}\n\n${readme.slice(to)}`;
}
