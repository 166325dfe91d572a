// npm start: a copy of examples/tree, supervised in the foreground until Ctrl-C.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tree = join(root, ".run", "tree");
if (!existsSync(tree)) {
  mkdirSync(dirname(tree), { recursive: true });
  cpSync(join(root, "examples", "tree"), tree, { recursive: true });
}
const path = relative(process.cwd(), tree) || ".";
console.log(`A tree of two services and a logger in ${path}. From another shell:
  bin/s6-svstat ${path}/clock ${path}/clock/log ${path}/greeter
  bin/s6-svc -r ${path}/greeter      restarts it
  bin/s6-svdt ${path}/greeter        tells how it died so far
Ctrl-C ends it.
`);
const child = spawn(join(root, "bin", "s6-svscan"), [tree], { stdio: "inherit" });
// The terminal sends SIGINT to the whole foreground group, the tree included: here it is only waited for.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
