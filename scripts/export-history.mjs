// node scripts/export-history.mjs SERVICEDIR: the recorded history of a service, one JSON object a line, for
// test/histories. What an s6-supervise of ours that has ended left in its journal.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [servicedir] = process.argv.slice(2);
if (servicedir === undefined) {
  console.error("usage: node scripts/export-history.mjs SERVICEDIR");
  process.exit(100);
}
const scratch = mkdtempSync(join(root, "node_modules", ".export-")); // inside, so that lmdb is found
process.on("exit", () => rmSync(scratch, { recursive: true }));
await build({
  entryPoints: [join(root, "src", "store", "journal-reader.ts")],
  outfile: join(scratch, "reader.cjs"),
  bundle: true,
  format: "cjs",
  platform: "node",
  define: { "import.meta.dirname": JSON.stringify(join(root, "src", "sys")), "import.meta.filename": "__filename" },
  external: ["lmdb", "msgpackr"],
});
const { JournalReader } = createRequire(import.meta.url)(join(scratch, "reader.cjs"));
const { reader, id } = JournalReader.openService(servicedir);
for (const entry of reader.history(id)) console.log(JSON.stringify(entry.record));
await reader.close();
