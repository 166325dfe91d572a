// npm run build: the native parts (only when their sources changed), one bundle per program, the executables in bin/.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { writeManPages } from "./man-pages.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, "native");
const release = join(native, "build", "Release");
const dist = join(root, "dist");
const NATIVE = ["addon.node", "launcher", "thin"];
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const resolve = createRequire(import.meta.url).resolve;

function* filesUnder(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else yield path;
  }
}

/** What the native parts depend on: their sources and the Node they are built for. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.version} ${process.arch}`);
  const sources = [join(native, "binding.gyp"), ...["chain", "launcher", "src"].flatMap((folder) => [...filesUnder(join(native, folder))])];
  for (const path of sources.sort()) hash.update(relative(root, path)).update("\0").update(readFileSync(path));
  return hash.digest("hex");
}

/** Headers installed by the system: what npm says, else those beside this very node. undefined = node-gyp downloads. */
function headers() {
  const told = process.env.npm_config_nodedir;
  if (told) return told;
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, "include", "node", "node_api.h")) ? prefix : undefined;
}

/** A file that a running program maps or executes must not be overwritten: it gets a new inode instead. */
function replace(from, to) {
  rmSync(to, { force: true });
  copyFileSync(from, to);
}

function buildNative() {
  const out = join(dist, "native");
  const stamp = join(out, "fingerprint");
  const wanted = fingerprint();
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "node-path"), `${process.execPath}\n`);
  const built = NATIVE.every((name) => existsSync(join(out, name)));
  if (built && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  const nodedir = headers();
  const environment = nodedir === undefined ? process.env : { ...process.env, npm_config_nodedir: nodedir };
  const gyp = join(dirname(resolve("node-gyp/package.json")), "bin", "node-gyp.js");
  for (const step of existsSync(join(native, "build", "Makefile")) ? ["configure", "build"] : ["rebuild"]) {
    execFileSync(process.execPath, [gyp, step, "--loglevel=warn"], { cwd: native, env: environment, stdio: "inherit" });
  }
  for (const name of NATIVE) replace(join(release, name), join(out, name));
  writeFileSync(stamp, wanted);
}

const names = (folder) =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".ts")).map((name) => name.slice(0, -3)) : [];

const isOfChain = (name) => readFileSync(join(root, "bin", `${name}.ts`), "utf8").includes("runChain(");

/** All programs of chains share one bundle, of which V8 finds most compiled (code-cache.mjs). A function around it, as Node makes one. */
const chainStub = (name) => `"use strict";
const { readFileSync } = require("fs");
const file = __dirname + "/../chain/chain.js";
let cachedData;
try { cachedData = readFileSync(file + ".cache"); } catch {}
const script = new (require("vm").Script)(readFileSync(file, "latin1"), { filename: file, cachedData });
const module_ = { exports: {} };
script.runInThisContext()(module_.exports, require, module_, __filename, __dirname);
module_.exports.runChain(${JSON.stringify(name)});
`;

async function chainBundle(build, common) {
  const { outputFiles: [{ text }] } = await build({ ...common, entryPoints: [join(root, "src", "cli", "run-chain.ts")], charset: "ascii", minifyWhitespace: true, write: false });
  const file = join(dist, "chain", "chain.js");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `(function (exports, require, module, __filename, __dirname) {${text}\n})`);
  execFileSync(process.execPath, [join(root, "scripts", "code-cache.mjs"), file], { stdio: "inherit" });
}

/** One CommonJS file per program and worker: what Node loads fastest. Each by itself: one that fails stops no other. */
async function bundle() {
  const { build } = await import("esbuild");
  const programs = names(join(root, "bin"));
  mkdirSync(join(dist, "bin"), { recursive: true });
  for (const name of programs.filter(isOfChain)) writeFileSync(join(dist, "bin", `${name}.cjs`), chainStub(name));
  const entries = programs.filter((name) => !isOfChain(name)).map((name) => ({ in: join(root, "bin", `${name}.ts`), out: `bin/${name}` }));
  entries.push({ in: join(root, "src", "actors", "worker.ts"), out: "actors/worker" });
  entries.push({ in: join(root, "src", "cli", "shared-host.ts"), out: "actors/shared-host" });
  const common = {
    absWorkingDir: root,
    outdir: dist,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
    external: ["lmdb", "piscina", "pino", "*.node"],
    legalComments: "none",
    logLevel: "warning",
  };
  const results = await Promise.allSettled([...entries.map((entry) => build({ ...common, entryPoints: [entry] })), chainBundle(build, common)]);
  const failed = results.filter((result) => result.status === "rejected").length;
  return { made: results.length - failed, failed };
}

/** The library, for import and for require, and its types. */
async function library() {
  const { build } = await import("esbuild");
  const common = { absWorkingDir: root, bundle: true, platform: "node", target: "node20", external: ["lmdb"], legalComments: "none", logLevel: "warning" };
  const entryPoints = [join(root, "src", "library", "index.ts")];
  const out = join(dist, "library");
  await build({ ...common, entryPoints, outfile: join(out, "index.mjs"), format: "esm" });
  const define = { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" };
  await build({ ...common, entryPoints, outfile: join(out, "index.cjs"), format: "cjs", define });
  rmSync(join(out, "types"), { recursive: true, force: true });
  cpSync(join(root, "src", "library", "timeline"), join(dist, "timeline"), { recursive: true });
  // typescript exports no path of its compiler
  const tsc = join(root, "node_modules", ".bin", "tsc");
  execFileSync(tsc, ["-p", join(root, "src", "library")], { stdio: "inherit" });
}

/** bin/NAME is the launcher under another name. Copies, not links: npm pack hangs on files that share an inode. */
function placeExecutables() {
  const launcher = readFileSync(join(dist, "native", "launcher"));
  for (const target of Object.values(bin)) {
    const path = join(root, target);
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path) && statSync(path).nlink === 1 && readFileSync(path).equals(launcher)) continue;
    replace(join(dist, "native", "launcher"), path);
  }
}

buildNative();
placeExecutables();
const { made, failed } = await bundle();
await library();
writeManPages(root);
process.stdout.write(`built: native, ${Object.keys(bin).length} executables, ${made} bundles, the library, man pages${failed ? `, ${failed} FAILED` : ""}\n`);
process.exitCode = failed ? 1 : 0;
