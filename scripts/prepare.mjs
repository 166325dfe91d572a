// Before npm start and npm test: installs and builds what is missing, so that both work in a fresh clone.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const changedMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

// npm writes this file at the end of every install.
const installed = changedMs(join(root, "node_modules", ".package-lock.json"));
if (installed === 0 || installed < changedMs(join(root, "package-lock.json"))) run("npm", "ci");
run("npm", "run", "--silent", "build");
