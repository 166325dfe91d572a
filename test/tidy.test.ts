import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { SCAN_CONTROLS } from "../src/formats/control.ts";

/** What holds of the project and no linter knows. */

const ROOT = join(import.meta.dirname, "..");
const LINES_MAX = 300;

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith("native/build/"));
}

const SOURCES = ["src", "bin", "test", "bench", "scripts", "native"].flatMap((folder) =>
  filesUnder(folder, /\.(ts|mjs|cc|c|h)$/).filter((path) => path !== "test/tidy.test.ts"),
);
const { bin } = JSON.parse(read("package.json")) as { bin: Record<string, string> };
const PROGRAMS = Object.keys(bin);
const TEST_TEXT = SOURCES.filter((path) => path.startsWith("test/")).map(read).join("\n");

test("there is something to look at", () => {
  expect(SOURCES.length).toBeGreaterThan(150);
  expect(PROGRAMS.length).toBeGreaterThan(10);
});

describe.for(PROGRAMS)("%s", (name) => {
  test("is installed under its name, from an entry of its name", () => {
    expect(bin[name]).toBe(`bin/${name}`);
    const entry = read(`bin/${name}.ts`);
    expect(entry.includes(`../src/cli/${name}.ts`) || entry.includes(`runChain("${name}")`)).toBe(true);
  });

  test("is run by a test", () => {
    expect(TEST_TEXT).toMatch(new RegExp(`(?<![\\w-])${name}(?![\\w-])`));
  });

  test("has a page that quotes its --help (npm run fix writes it)", () => {
    const help = execFileSync(join(ROOT, "bin", name), ["--help"], { encoding: "utf8" });
    expect(read(`docs/programs/${name}.md`)).toContain(`\`\`\`\n${help}\`\`\`\n`);
  });
});

test("every entry in bin/, every page and every program in src/cli is a program of package.json", () => {
  const named = (folder: string, ending: string): string[] =>
    readdirSync(join(ROOT, folder)).filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
  const wanted = [...PROGRAMS].sort();
  expect(named("bin", ".ts").sort()).toEqual(wanted);
  expect(named("docs/programs", ".md").sort()).toEqual(wanted);
  expect(named("src/cli", ".ts").filter((file) => file.startsWith("s6-") || wanted.includes(file)).sort()).toEqual(wanted);
});

test(`no source file has more than ${LINES_MAX} lines`, () => {
  const long = SOURCES.filter((path) => read(path).split("\n").length - 1 > LINES_MAX);
  expect(long).toEqual([]);
});

test.for(["src/machines", "src/formats", "src/diagnosis"])("%s sees no clock, no timer, no chance, no process", (room) => {
  const impure =
    /\b(Date|Math\.random|performance|process|setTimeout|setInterval|setImmediate|queueMicrotask|console|globalThis|require)\b[.(]|new Date\b|"node:|\bawait\b|\basync\b/;
  const guilty = filesUnder(room, /\.ts$/).filter((path) => impure.test(withoutComments(read(path))));
  expect(guilty).toEqual([]);
});

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");

describe.for(["supervise", "scanner"])("every effect of the %s machine", (machine) => {
  const types = [...read(`src/machines/${machine}/effects.ts`).matchAll(/readonly type: "(\w+)"/g)].map(([, type]) => type);
  const actors = filesUnder("src/actors", /\.ts$/).map(read).join("\n");

  test("is known here", () => expect(types.length).toBeGreaterThan(8));
  test.for(types)("%s has a performer", (type) => expect(actors).toContain(`case "${type}"`));
});

test.for(Object.keys(SCAN_CONTROLS))("the command %s of a scanner is given in a test", (letter) => {
  const tests = filesUnder("test/interop", /^svscan.*\.ts$/).concat("test/machines/scanner.test.ts").map(read).join("\n");
  expect(tests).toMatch(new RegExp(`"-?[a-zA-Z]*${letter}[a-zA-Z]*"`));
});

test("nothing is left for later, skipped, or let through", () => {
  const leftover = /\b(TODO|FIXME|XXX|HACK)\b|\.(only|skip|todo|fails)\(|@ts-|\bas any[;)\],]|biome-ignore lint|oxlint-disable|eslint-disable/;
  expect(SOURCES.filter((path) => leftover.test(read(path)))).toEqual([]);
});

test.for(["README.md", "ARCHITECTURE.md", "SECURITY.md", "bench/README.md", ...filesUnder("docs", /\.md$/)])(
  "the links of %s lead somewhere",
  (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? "");
    expect(links.filter((link) => !existsSync(join(ROOT, page, "..", link)))).toEqual([]);
  },
);

test("the README's table of programs is what npm run fix writes", () => {
  const script = 'const { withCoverage } = await import(process.argv[1]); process.stdout.write(withCoverage(process.argv[2]))';
  const made = execFileSync(process.execPath, ["--input-type=module", "-e", script, join(ROOT, "scripts", "coverage-table.mjs"), ROOT], { encoding: "utf8" });
  expect(read("README.md")).toBe(made);
});
