// The import rules of ARCHITECTURE.md. Without its TypeScript parser dependency-cruiser finds no module, is happy and
// exits 0: so it is also asked how much it saw.
import { cruise } from "dependency-cruiser";
import { createRequire } from "node:module";

const { forbidden, options } = createRequire(import.meta.url)("../.dependency-cruiser.cjs");
const { output } = await cruise(["src", "bin"], { ...options, ruleSet: { forbidden }, validate: true });
const { violations, totalCruised } = output.summary;
for (const { rule, from, to } of violations) console.error(`${from} -> ${to}: ${rule.name}`);
if (totalCruised < 60) {
  console.error(`only ${totalCruised} modules were seen: the import check does not work`);
  process.exit(1);
}
console.log(`import rules: ${totalCruised} modules, ${violations.length} violations`);
process.exit(violations.length === 0 ? 0 : 1);
