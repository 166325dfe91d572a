// Keeps what V8 compiles of a bundle, so that its programs start in a few milliseconds less (node scripts/code-cache.mjs
// FILE). Another Node than this one finds that it is not its own, and compiles. Run by the build, and after installation.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { Script } from "node:vm";

const file = resolve(process.argv[2]);
const script = new Script(readFileSync(file, "latin1"), { filename: file });
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
// What is used is compiled then.
module.exports.rehearse();
writeFileSync(`${file}.cache`, script.createCachedData());
