// The programs that are first in PATH start a tree, drive it, and end it: does an installed package work?
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = mkdtempSync(join(tmpdir(), "s6-actors-smoke-"));
const [scandir, service] = [join(root, "scan"), join(root, "sleeper")];
for (const dir of [scandir, service]) mkdirSync(dir);
writeFileSync(join(service, "run"), "#!/bin/sh\nexec sleep 1000\n");
chmodSync(join(service, "run"), 0o755);

const tree = spawn("s6-svscan", ["-d", "3", scandir], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
const ended = new Promise((resolve) => tree.on("exit", resolve));
await new Promise((resolve, reject) => {
  tree.stdio[3].once("data", resolve);
  tree.once("error", reject);
  tree.once("exit", (code) => reject(new Error(`s6-svscan ended with ${code}`)));
});
execFileSync("s6-svlink", ["-t", "10000", scandir, service]);
execFileSync("s6-svwait", ["-u", "-t", "10000", service]);
process.stdout.write(execFileSync("s6-svstat", [service]));
if (process.argv[2] !== undefined) {
  const { openJournal } = await import(process.argv[2]);
  const journal = openJournal(scandir);
  console.log(journal.service("sleeper").transitions({ kinds: ["start"] })[0].text);
  await journal.close();
}
execFileSync("s6-svscanctl", ["-t", scandir]);
const code = await ended;
rmSync(root, { recursive: true });
if (code !== 0) throw new Error(`s6-svscan ended with ${code}`);
console.log("an installed package works");
