// Man pages, one per program, from docs/programs/NAME.md: dist/man/NAME.1.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const roff = (text) => text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replace(/^\./, "\\&.");

/** Code, links and emphasis within a line. */
function inline(text) {
  return text.split(/(`[^`]*`)/).map((part) => {
    if (part.startsWith("`")) return `\\fB${roff(part.slice(1, -1))}\\fR`;
    return roff(part.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")).replaceAll(/\*\*?([^*]+)\*\*?/g, "\\fI$1\\fR");
  }).join("");
}

/** Lines that belong to the one before: of a paragraph, or of an item. */
function joined(lines) {
  const whole = [];
  let isCode = false;
  for (const line of lines) {
    if (line.startsWith("```")) isCode = !isCode;
    const goesOn = !isCode && whole.length > 0 && line !== "" && whole.at(-1) !== "" && !/^(#|- |\||```)/.test(line) && !/^(#|\||```)/.test(whole.at(-1));
    if (goesOn) whole.push(`${whole.pop()} ${line.trim()}`);
    else whole.push(line);
  }
  return whole;
}

function body(lines) {
  const out = [];
  let isCode = false;
  for (const line of joined(lines)) {
    if (line.startsWith("```")) {
      isCode = !isCode;
      out.push(isCode ? ".PP\n.nf" : ".fi");
    } else if (isCode) out.push(roff(line));
    else if (line.startsWith("#")) out.push(`.SH ${roff(line.replace(/^#+ /, "").toUpperCase())}`);
    else if (line.startsWith("- ")) out.push(`.IP \\(bu 2\n${inline(line.slice(2))}`);
    else if (/^\|[-|]+\|?$/.test(line)) continue;
    else if (line.startsWith("|")) {
      const [first = "", ...rest] = line.split("|").slice(1, -1).map((cell) => cell.trim());
      if (first !== "" || rest.some((cell) => cell !== "")) out.push(`.TP\n${inline(first) || "\\&"}\n${inline(rest.filter(Boolean).join("; ")) || "\\&"}`);
    } else if (line !== "") out.push(`.PP\n${inline(line)}`);
  }
  return out;
}

/** A page of the manual from a page of docs/programs. */
export function manPage(name, markdown, version) {
  const lines = markdown.split("\n");
  const from = lines.indexOf("```");
  const to = lines.indexOf("```", from + 1);
  const help = lines.slice(from + 1, to);
  const synopsis = (help[0] ?? "").replace(/^usage: /, "");
  const [, what = "", more = ""] = /^(.*?)(?:[.:] +([\s\S]*))?$/.exec(lines.slice(1, from).join(" ").trim().replaceAll(/ +/g, " ")) ?? [];
  return [
    `.TH "${name.toUpperCase()}" 1 "" "s6\\-actors ${version}" "s6"`,
    ".SH NAME", `${roff(name)} \\- ${inline(what.replace(/\.$/, ""))}`,
    ".SH SYNOPSIS", `.B ${roff(synopsis)}`,
    ".SH DESCRIPTION", ...body([more.charAt(0).toUpperCase() + more.slice(1)]), ".PP\n.nf", ...help.slice(2).map(roff), ".fi",
    ...body(lines.slice(to + 1)),
    ".SH SEE ALSO", "The pages of this package, docs/programs; https://skarnet.org/software/s6/ for s6 itself.", "",
  ].join("\n");
}

/** All of them, new. */
export function writeManPages(root) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const [from, to] = [join(root, "docs", "programs"), join(root, "dist", "man")];
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const page of readdirSync(from)) {
    const name = page.slice(0, -".md".length);
    writeFileSync(join(to, `${name}.1`), manPage(name, readFileSync(join(from, page), "utf8"), version));
  }
}
