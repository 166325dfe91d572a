// npm run fix: puts what every program says with --help into its page, docs/programs/NAME.md, in the first code block, and
// the table of programs into the README.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { withCoverage } from "./coverage-table.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const [name, path] of Object.entries(bin)) {
  const page = join(root, "docs", "programs", `${name}.md`);
  const help = execFileSync(join(root, path), ["--help"], { encoding: "utf8" });
  const before = readFileSync(page, "utf8");
  const after = before.replace(/^```\n(?:.*\n)*?```$/m, () => `\`\`\`\n${help}\`\`\``);
  if (after !== before) writeFileSync(page, after);
}
writeFileSync(join(root, "README.md"), withCoverage(root));
