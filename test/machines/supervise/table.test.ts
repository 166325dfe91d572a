import { describe, expect, test } from "vitest";
import { CONTROL_LETTERS, CONTROLS } from "../../../src/formats/control.ts";
import { signalNumber } from "../../../src/formats/signals.ts";
import type { SuperviseState } from "../../../src/machines/supervise/step.ts";
import { finishSpawned, type Happening, killed, line, next, notified, spawned, tell, where } from "./story.ts";

/**
 * The state chart of s6-supervise, cell by cell. Each cell: what the fact does there at 10 s, `→` where it leads.
 * A cell without `→` stays; an empty one does nothing at all.
 */
const COLUMNS = ["DOWN", "UP", "FINISH", "LASTUP", "LASTFINISH"] as const;
type Column = (typeof COLUMNS)[number];

const unwanted: Happening = { type: "control.onlyOnce" };
const last: Happening = { type: "control.exit" };

function reach(column: Column, wanted: boolean): SuperviseState {
  const up = [spawned, notified, ...(wanted ? [] : [unwanted])];
  switch (column) {
    case "DOWN":
      return tell(...up, killed, { type: "finish.absent" }).state;
    case "UP":
      return tell(...up).state;
    case "FINISH":
      return tell(...up, killed, finishSpawned).state;
    case "LASTUP":
      return tell(...up, last).state;
    case "LASTFINISH":
      return tell(...up, last, killed, finishSpawned).state;
  }
}
const HERE: Record<Column, string> = {
  DOWN: "down", UP: "up.ready", FINISH: "finish", LASTUP: "last up.ready", LASTFINISH: "last finish",
};

interface Row {
  readonly fact: Happening;
  /** Told to services that are wanted down; the others are wanted up. */
  readonly unwanted?: true;
  readonly cells: readonly [down: string, up: string, finish: string, lastUp: string, lastFinish: string];
}

const stop = { signal: 15, killAfterMs: 3000 };
const STOP = "kill 42 TERM · kill 42 CONT · status ready · deadline 13000";
const DOWNED = "status ready"; // wanted down
const FINISHING = "status finishing"; // wanted down
const BYE = "x · exit → gone";
const onlyUp = (cell: string): Row["cells"] => ["", cell, "", cell, ""];
const control = (does: string, cells: Row["cells"], extra: object = {}): Row => ({
  fact: { type: `control.${does}`, ...extra } as Happening, cells,
});

const ROWS: readonly Row[] = [
  { fact: { type: "deadline.reached" }, cells: [
    "run → starting", "warn · deadline never", "warn · kill 43 CONT · status wanted finishing · kill 43 KILL · deadline 15000",
    "warn · deadline never", "warn · kill 43 CONT · status wanted finishing · kill 43 KILL · deadline 15000",
  ] },
  { fact: { type: "deadline.reached" }, unwanted: true, cells: [
    "deadline never", "warn · deadline never", "warn · kill 43 CONT · status finishing · kill 43 KILL · deadline 15000",
    "warn · deadline never", "warn · kill 43 CONT · status finishing · kill 43 KILL · deadline 15000",
  ] },
  { fact: { type: "run.died", waitStatus: 256, maxDeaths: 7 }, cells: [
    "", "deadline never · tally 256 of 7 · finish 1 0 42 → ending", "",
    "deadline never · tally 256 of 7 · finish 1 0 42 → last ending", "",
  ] },
  { fact: { type: "finish.died", waitStatus: 0 }, cells: [
    "", "", "deadline 3000 · status wanted ready · D → down", "", "deadline never · status wanted ready · D · x · exit → gone",
  ] },
  { fact: { type: "signal.term", stop }, cells: [BYE, `${STOP} → last up.ready`, "null → last finish", STOP, ""] },
  { fact: { type: "signal.hup" }, cells: [BYE, "null → last up.ready", "null → last finish", "null", "null"] },
  { fact: { type: "signal.quit" }, cells: [BYE, BYE, BYE, BYE, BYE] },
  { fact: { type: "signal.int" }, cells: [
    BYE, `kill -42 INT · ${BYE}`, `kill -43 INT · ${BYE}`, `kill -42 INT · ${BYE}`, `kill -43 INT · ${BYE}`,
  ] },
  control("exit", [BYE, "null → last up.ready", "null → last finish", "null", "null"]),
  control("once", [`${DOWNED} · run → starting`, DOWNED, FINISHING, DOWNED, FINISHING]),
  { ...control("up", [
    "status wanted ready · run → starting", "status wanted ready", "status wanted finishing", "status wanted ready",
    "status wanted finishing",
  ]), unwanted: true },
  { ...control("upEnable", [
    "-down · status wanted ready · run → starting", "-down · status wanted ready", "-down · status wanted finishing",
    "-down · status wanted ready", "-down · status wanted finishing",
  ]), unwanted: true },
  control("down", [DOWNED, STOP, FINISHING, STOP, FINISHING], { stop }),
  control("downDisable", [
    `+down · ${DOWNED}`, `+down · ${STOP}`, `+down · ${FINISHING}`, `+down · ${STOP}`, `+down · ${FINISHING}`,
  ], { stop }),
  control("onlyOnce", [DOWNED, DOWNED, FINISHING, DOWNED, FINISHING]),
  control("onlyOnceDisable", [
    `+down · ${DOWNED}`, `+down · ${DOWNED}`, `+down · ${FINISHING}`, `+down · ${DOWNED}`, `+down · ${FINISHING}`,
  ]),
  control("pause", onlyUp("kill 42 STOP · status wanted ready paused")),
  control("continue", onlyUp("kill 42 CONT · status wanted ready")),
  control("pauseGroup", onlyUp("kill -42 STOP · status wanted ready paused")),
  control("continueGroup", onlyUp("kill -42 CONT · status wanted ready")),
  control("killGroup", onlyUp("kill -42 KILL")),
  control("restart", onlyUp("kill 42 USR1"), { signal: signalNumber("USR1") }),
  control("reload", onlyUp("kill 42 HUP"), { signal: signalNumber("HUP") }),
  ...(["ALRM", "ABRT", "QUIT", "HUP", "KILL", "TERM", "INT", "USR1", "USR2", "WINCH"] as const).map((signal) =>
    control("signal", onlyUp(`kill 42 ${signal}`), { signal: signalNumber(signal) }),
  ),
  { fact: { type: "run.notified" }, cells: ["", "", "", "", ""] }, // ready already, or no run
  { fact: { type: "notification.closed" }, cells: ["", "", "", "", ""] },
];

const name = ({ fact, unwanted: off }: Row): string =>
  `${fact.type}${"signal" in fact ? ` ${fact.signal}` : ""}${off ? ", wanted down" : ""}`;

describe.for(COLUMNS.map((column, index) => ({ column, index })))("in $column", ({ column, index }) => {
  test.for(ROWS.map((row) => ({ row, name: name(row) })))("$name", ({ row }) => {
    const chapter = next(reach(column, row.unwanted !== true), 10_000, row.fact);
    const [does = "", target] = (row.cells[index] ?? "").split("→").map((part) => part.trim());
    expect({ does: line(chapter), leads: where(chapter) }).toEqual({ does, leads: target ?? HERE[column] });
  });
});

test("every control letter has its row", () => {
  const told = new Set(ROWS.map(({ fact }) => ("signal" in fact && fact.type === "control.signal" ? fact.signal : fact.type)));
  for (const letter of CONTROL_LETTERS) {
    const meaning = CONTROLS[letter];
    expect(told).toContain(meaning.does === "signal" ? signalNumber(meaning.signal) : `control.${meaning.does}`);
  }
});

test("in gone nothing happens any more", () => {
  const gone = tell(spawned, { type: "signal.quit" });
  for (const { fact } of ROWS) {
    const chapter = next(gone.state, 10_000, fact);
    expect([where(chapter), line(chapter)]).toEqual(["gone", ""]);
  }
});
