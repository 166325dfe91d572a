import type { Tain } from "../formats/tain.ts";
import { lastState } from "../history/last-state.ts";
import { transitionsOf } from "../history/transitions.ts";
import { type LastDeath, type Why, whyOf } from "../history/why.ts";
import { duration, localTime } from "../history/words.ts";
import { UsageError } from "./failures.ts";
import { historiesOf } from "./histories.ts";
import { parseOptions } from "./options.ts";
import type { Program } from "./program.ts";
import { isSupervised } from "./servicedir.ts";

export const s6why: Program = {
  name: "s6-why",
  synopsis: "s6-why [ --json ] servicedir...",
  help: `Tells on one screen why a service is as it is, and why it last died: what it did, who asked for it, how long it had
been up, whether it was ready, what its finish script did, what comes next and when, and how often that happened.

  --json  one JSON object per service

Exit codes: 0 success, 100 wrong usage, 111 system error or no journal.`,
  main({ args, sys, stdout }) {
    const { options, operands } = parseOptions(args, "", ["json"]);
    if (operands.length === 0) throw new UsageError();
    for (const { name, servicedir, reader, id } of historiesOf(operands)) {
      const now = sys.now();
      const supervised = servicedir !== undefined && isSupervised(sys, servicedir);
      const why = whyOf([...transitionsOf(reader.records(id))], lastState(reader.records(id)), now, sys.monotonicMs());
      if (options.length > 0) stdout(`${JSON.stringify({ service: name, supervised, ...why })}\n`);
      else stdout(describe(name, supervised, why).map((line) => `${line}\n`).join(""));
    }
    return 0;
  },
};

const WORDS: Readonly<Record<string, string>> = {
  "up.ready": "up and ready", "up.unready": "up", finish: "down, its finish script runs", down: "down", gone: "down, not supervised",
};
const when = (at: Tain): string => `at ${localTime(at)}`;

function describe(name: string, supervised: boolean, why: Why): string[] {
  const { state, wanted, pid, because, lastDeath, finish, next, nextIn, deaths, flapping } = why;
  const isUp = state.startsWith("up");
  const asWanted = wanted !== "unknown" && (wanted === "up") !== isUp ? `, wanted ${wanted}` : "";
  const process = pid === null ? "" : ` (pid ${pid})`;
  const lines = [`${name}: ${WORDS[state] ?? state}${process}${asWanted}${supervised ? "" : "; nobody supervises it now"}`];
  const say = (label: string, text: string): void => void lines.push(`  ${label.padEnd(11)}${text}`);
  if (because !== null) say("because", `${because.text}, ${when(because.at)}`);
  if (lastDeath !== null) describeDeath(lastDeath, say);
  if (finish !== null) say("finish", finish.text.replace(/^finish:? ?/, ""));
  if (supervised) say("next", nextIn === null ? next : `${next}, in ${duration(nextIn)}`);
  if (lastDeath !== null) {
    const { crashes, ordered, like, crashesLastDay } = deaths;
    say("deaths", `${crashes} crashes (${crashesLastDay} in the last day), ${ordered} asked for; ${like} ended like the last one`);
  }
  if (flapping) say("flapping", "it keeps dying soon after its start");
  return lines;
}

function describeDeath(death: LastDeath, say: (label: string, text: string) => void): void {
  const { at, text, pid, uptime, readyAfter, orderedBy } = death;
  say("last death", `${text}, ${when(at)}${pid === null ? "" : ` (pid ${pid})`}`);
  if (orderedBy !== null) say("asked by", `${orderedBy.text}, ${when(orderedBy.at)}`);
  const ready = readyAfter === null ? "had not said that it was ready" : `was ready after ${duration(readyAfter)}`;
  if (uptime !== null) say("had been", `up for ${duration(uptime)}, ${ready}`);
}
