// npm run bench [-- name… --rounds N --json]: our tree and Debian's C s6 side by side in one run.
import { FIGURES } from "./figures.mjs";

const args = process.argv.slice(2);
const isJson = args.includes("--json");
const at = args.indexOf("--rounds");
const rounds = at < 0 ? 5 : Number(args[at + 1]);
const names = args.filter((word, index) => !word.startsWith("--") && index !== at + 1 - (at < 0 ? Number.POSITIVE_INFINITY : 0));
const unknown = names.filter((name) => !Object.hasOwn(FIGURES, name));
if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
  console.error(`usage: npm run bench -- [--rounds N] [--json] [${Object.keys(FIGURES).join(" ")}]`);
  process.exit(100);
}

const show = (value) => (value === null ? "-" : value >= 100 ? value.toFixed(0) : value.toPrecision(3));
if (!isJson) console.log(`${"figure".padEnd(52)} ${"C".padStart(9)} ${"ours".padStart(9)}       ratio  target`);
for (const name of names.length > 0 ? names : Object.keys(FIGURES)) {
  for (const { figure, unit, target, c, ours, raw, unavailable } of await FIGURES[name](rounds)) {
    if (isJson) console.log(JSON.stringify({ name, figure, unit, c, ours, ratio: c ? ours / c : null, target, raw, unavailable }));
    else if (unavailable !== undefined) console.log(`${figure.padEnd(52)} ${unavailable}`);
    else {
      const ratio = c === null || c === 0 ? "-" : (ours / c).toFixed(2);
      const verdict = target === null ? "" : `${target} ${ours / c <= target ? "met" : "MISSED"}`;
      console.log(`${figure.padEnd(52)} ${show(c).padStart(9)} ${show(ours).padStart(9)} ${unit.padEnd(4)} ${ratio.padStart(6)}  ${verdict}`);
    }
  }
}
