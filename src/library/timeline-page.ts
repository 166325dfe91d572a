import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Tain, tainToUnix } from "../formats/tain.ts";
import { figuresOf } from "../history/figures.ts";
import type { Span } from "../history/phases.ts";
import type { Stats } from "../history/stats.ts";
import type { Transition } from "../history/transitions.ts";
import { packageRoot } from "../sys/package-root.ts";

/** What the page shows of one service. */
export interface TimelineService {
  readonly name: string;
  readonly spans: readonly Span[];
  readonly transitions: readonly Transition[];
  readonly stats: Stats;
}

/** The order of the page's script: where several fall into one pixel, the later one is shown. */
const PHASES = ["unknown", "ready", "up", "finish", "down"] as const;

/**
 * A page with a timeline that can be zoomed, complete in itself: no other file, nothing from the network. `from`, `to`: what it
 * shows at first, and at most.
 */
export function timelinePage(title: string, services: readonly TimelineService[], from: Tain, to: Tain): string {
  const sorted = [...services].sort((a, b) => (a.name < b.name ? -1 : 1));
  const data = { from: msOf(from), to: msOf(to), services: sorted.map((service) => dataOf(service, from, to)) };
  const parts: Readonly<Record<string, string>> = {
    TITLE: escapeHtml(title),
    STYLE: asset("style.css"),
    SCRIPT: asset("client.js"),
    DATA: inScript(JSON.stringify(data)),
    TABLE: table(sorted),
  };
  return asset("page.html").replaceAll(/%([A-Z]+)%/g, (_, name: string) => parts[name] ?? "");
}

/** The build puts them there. */
const asset = (name: string): string => readFileSync(join(packageRoot, "dist", "timeline", name), "utf8");

const msOf = (at: Tain): number => Math.round(tainToUnix(at) * 1e6) / 1e3;

function dataOf({ name, spans, transitions, stats }: TimelineService, from: Tain, to: Tain): object {
  const shown = spans.filter((span) => span.to >= from && span.from <= to);
  return {
    name,
    spans: shown.map(({ phase, from: begin, to: end, pid }) => [PHASES.indexOf(phase), msOf(begin < from ? from : begin), msOf(end > to ? to : end), pid ?? 0]),
    events: transitions.map((told) => [msOf(told.at), textOf(told), isCrash(told) ? 1 : 0]),
    figures: { crashes: stats.crashes },
    described: figuresOf(stats),
  };
}

const isCrash = ({ kind, ordered }: Transition): boolean => kind === "death" && ordered !== true;

function textOf({ text, pid, by }: Transition): string {
  const sender = by === null ? "" : `, by uid ${by.uid}, pid ${by.pid}: ${by.command}`;
  return `${text}${pid === null ? "" : ` (pid ${pid})`}${sender}`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

/** Nothing in it may end the script element, or begin a comment of HTML. */
const inScript = (json: string): string => json.replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

/** For browsers without scripts. */
function table(services: readonly TimelineService[]): string {
  const rows = services.map(({ name, spans, stats }) => {
    const cells = [name, spans.at(-1)?.phase ?? "unknown", ...figuresOf(stats).filter(([figure]) => figure === "up").map(([, value]) => value)];
    return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}<td>${stats.crashes}</td></tr>`;
  });
  return `<table><tr><th>Service</th><th>State</th><th>Up</th><th>Crashes</th></tr>${rows.join("")}</table>`;
}
