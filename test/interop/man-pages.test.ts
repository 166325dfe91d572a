import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ours } from "../support/executables.ts";

const root = join(import.meta.dirname, "..", "..");
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly bin: Readonly<Record<string, string>> };
const pages = join(root, "dist", "man");

test("the build makes a man page for every program, and for nothing else", () => {
  expect(readdirSync(pages).sort()).toEqual(Object.keys(bin).map((name) => `${name}.1`).sort());
});

test.each(Object.keys(bin))("the man page of %s has its name, its synopsis, its options, and no Markdown", (name) => {
  const page = readFileSync(join(pages, `${name}.1`), "utf8");
  const plain = page.replaceAll(/\\f[BRI]/g, "").replaceAll("\\-", "-").replaceAll("\\(aq", "'").replaceAll("\\e", "\\").replaceAll("\\&", "");
  const [usage = "", , ...help] = ours(name, "--help").stdout.trimEnd().split("\n");
  expect(plain).toContain(`.SH NAME\n${name} - `);
  expect(plain).toContain(`.SH SYNOPSIS\n.B ${usage.replace("usage: ", "")}\n`);
  expect(plain).toContain(help.join("\n"));
  expect(page).not.toMatch(/```|\]\(|^\|/m);
  // A line that begins with a dot is a request: only those that there are.
  expect([...page.matchAll(/^\.(\w*)/gm)].map(([, request = ""]) => request).filter((request) => !["TH", "SH", "B", "PP", "IP", "TP", "nf", "fi"].includes(request))).toEqual([]);
});
