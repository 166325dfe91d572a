// After npm has installed the package: notes which node the programs run under, and builds the native parts anew where
// those in the package do not run (another processor, another C library). Nothing to do in a clone: npm run build does it.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (existsSync(join(root, "src"))) process.exit();

const native = join(root, "native");
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
mkdirSync(join(root, "dist", "native"), { recursive: true });
writeFileSync(join(root, "dist", "native", "node-path"), `${process.execPath}\n`);
const runs = () => spawnSync(join(root, bin["s6-svok"]), ["--version"]).status === 0;

if (!runs()) {
  console.log("s6-actors: the native parts of the package do not run here, building them");
  const gyp = process.env.npm_config_node_gyp; // npm's own
  if (gyp === undefined) throw new Error("run this through npm: npm rebuild s6-actors");
  execFileSync(process.execPath, [gyp, "rebuild", "--loglevel=warn"], { cwd: native, stdio: "inherit" });
  const built = join(native, "build", "Release");
  const place = (name, path) => {
    rmSync(join(root, path), { force: true });
    copyFileSync(join(built, name), join(root, path));
  };
  for (const name of ["addon.node", "thin"]) place(name, `dist/native/${name}`);
  for (const path of ["dist/native/launcher", ...Object.values(bin)]) place("launcher", path);
  rmSync(join(native, "build"), { recursive: true });
  if (!runs()) throw new Error("the native parts do not run although they were built here");
}

// What another Node has compiled is of no use to this one.
spawnSync(process.execPath, [join(root, "scripts", "code-cache.mjs"), join(root, "dist", "chain", "chain.js")], { stdio: "inherit" });
