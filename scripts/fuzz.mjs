// npm run fuzz [-- RUNS]: what thin processes read from a socket (native/launcher/order.c, native/chain/check.c), coverage-guided, with
// AddressSanitizer and UndefinedBehaviorSanitizer. Needs clang with its libFuzzer (Debian: clang, libclang-rt-14-dev).
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const RUNS = Number(process.argv[2] ?? 10_000_000);
const SOURCES = ["fuzz/order.c", "launcher/order.c", "chain/check.c"];
const native = join(dirname(dirname(fileURLToPath(import.meta.url))), "native");

const compiler = ["clang", "clang-14", "clang-15", "clang-16", "clang-19"].find((name) => spawnSync(name, ["--version"]).status === 0);
if (compiler === undefined) throw new Error("there is no clang");

/** An order whose chain has a step of each kind, as src/actors/shared-host/orders.ts writes it. */
function seed() {
  const texts = ["/", "file", "/bin/env", "/bin/execlineb"];
  const at = (index) => texts.slice(0, index).join("\0").length + (index > 0 ? 1 : 0);
  const firstVector = at(4);
  const words = ["argv0", "A=b", "fail", "000", "env"];
  const vectorAt = (index) => firstVector + words.slice(0, index).join("\0").length + (index > 0 ? 1 : 0);
  const steps = Array.from({ length: 17 }, (_, kind) => [kind, 0, kind === 8 ? 2 : 0, 0, 0, at(1), 0, 0]);
  const [candidatesAt, imagesAt] = [12 + 8 * steps.length, 13 + 8 * steps.length];
  const vectorsAt = imagesAt + 6;
  const listAt = vectorsAt + 6;
  for (const step of steps) if (step[0] === 8) step[3] = listAt;
  const header = [steps.length, 12, 1, candidatesAt, 0, 1, 1, 2, imagesAt, 3, vectorsAt, vectorAt(3)];
  const vectors = [vectorAt(0), 1, vectorAt(1), 1, vectorAt(2), 3];
  const all = [...header, ...steps.flat(), at(2), at(3), 2, 1, at(3), 2, 1, ...vectors, 1, 2];
  const bytes = Buffer.from(`${[...texts, ...words].join("\0")}\0`);
  return Buffer.concat([Buffer.from(Int32Array.of(70, 1, 1000, 0, 2, all.length, bytes.length, 0, 1, ...all).buffer), bytes]);
}

const dir = mkdtempSync(join(tmpdir(), "s6-actors-fuzz-"));
const [program, corpus] = [join(dir, "fuzz"), join(dir, "corpus")];
mkdirSync(corpus);
writeFileSync(join(corpus, "seed"), seed());
execFileSync(compiler, ["-std=gnu17", "-g", "-O2", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all", "-o", program, ...SOURCES.map((path) => join(native, path))], { stdio: "inherit" });
const { status } = spawnSync(program, [corpus, `-runs=${RUNS}`, "-max_len=4096", "-print_final_stats=1", `-artifact_prefix=${dir}/`], { stdio: ["ignore", "inherit", "inherit"] });
process.stdout.write(status === 0 ? `${RUNS} inputs, nothing found\n` : `something was found: see ${dir}\n`);
process.exitCode = status ?? 1;
