import { renameSync, writeFileSync } from "node:fs";
import type { Tain } from "../../formats/tain.ts";
import type { LineVisitor } from "../../machines/log/cutter.ts";
import { type Action, type Script, selectLines } from "../../machines/log/script.ts";
import { now } from "../../sys/clock.ts";
import { SystemError } from "../../sys/errors.ts";
import type { LineRegex } from "../../sys/regex.ts";
import { LineBatch } from "./line-batch.ts";
import type { Logdir } from "./logdir.ts";
import type { RecordBuffer } from "./record-buffer.ts";
import { decorationAt } from "./stamps.ts";

const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

export type LogdirAction = Extract<Action, { type: "logdir" }>;

export interface OutputPorts {
  readonly stdout: RecordBuffer;
  /** False from when it is broken. */
  readonly isStdoutOpen: () => boolean;
  readonly complain: (bytes: Uint8Array) => void;
  readonly warn: (text: string) => void;
}

/** Of one read, whoever reads: empty in between. */
const lines = new LineBatch();

/** In the order of the script. */
export const logdirsIn = (script: Script<LineRegex>): readonly LogdirAction[] =>
  script.stanzas.flatMap(({ actions }) => actions).filter((action) => action.type === "logdir");

/** Where the lines of a script go. */
export class Outputs {
  readonly #script: Script<LineRegex>;
  readonly #ports: OutputPorts;
  readonly #logdirOf = new Map<Action, Logdir>();
  readonly #decorations = new Map<Action, Uint8Array>();
  readonly #visitor: LineVisitor;
  readonly #hasSelectors: boolean;
  /** No two actions write to the same place: each may take its lines at once. */
  readonly #isSeparable: boolean;
  readonly #isTalkative: boolean;
  #at = "" as Tain;

  /** `logdirs`: of the actions of logdirsIn(), in that order. */
  constructor(script: Script<LineRegex>, logdirs: readonly Logdir[], ports: OutputPorts) {
    this.#script = script;
    this.#ports = ports;
    for (const [index, action] of logdirsIn(script).entries()) {
      const logdir = logdirs[index];
      if (logdir !== undefined) this.#logdirOf.set(action, logdir);
    }
    const plain = plainActions(script);
    this.#visitor = {
      line: (bytes, from, to) => lines.add(bytes, from, to),
      block: plain === undefined ? (bytes, from, to) => lines.addBlock(bytes, from, to) : (bytes, from, to) => {
        for (const action of plain) this.#bufferOf(action)?.addBlock(bytes, from, to);
      },
    };
    const { stanzas } = script;
    this.#hasSelectors = stanzas.some(({ selectors }) => selectors.length > 0);
    const actions = stanzas.flatMap((stanza) => stanza.actions);
    this.#isSeparable = actions.filter(({ type }) => type === "stdout").length <= 1;
    this.#isTalkative = actions.some(isTalk);
  }

  /** All lines of one read share a reading of the clock. */
  take(cut: (visitor: LineVisitor) => void): void {
    this.#at = now().at;
    this.#decorations.clear();
    cut(this.#visitor);
    this.#perform();
  }

  #bufferOf(action: Action): RecordBuffer | undefined {
    if (action.type === "stdout") return this.#ports.isStdoutOpen() ? this.#ports.stdout : undefined;
    return this.#logdirOf.get(action)?.pending;
  }

  #perform(): void {
    if (lines.count === 0) return;
    const { stanzas } = this.#script;
    const chosen = this.#hasSelectors ? selectLines(stanzas, lines.count, (pattern, selected, value) => lines.select(pattern, selected, value)) : undefined;
    if (this.#isSeparable) this.#gather(chosen);
    if (this.#isTalkative || !this.#isSeparable) this.#performEach(chosen, (action) => !this.#isSeparable || isTalk(action));
    lines.clear();
  }

  #gather(chosen: readonly Uint8Array[] | undefined): void {
    for (const [index, { actions }] of this.#script.stanzas.entries()) {
      for (const action of actions) {
        if (!isTalk(action)) this.#bufferOf(action)?.addLines(lines, chosen?.[index] ?? NOTHING, this.#decorationOf(action));
      }
    }
  }

  /** Line by line, and for each line stanza by stanza: so the order is kept in which people read them. */
  #performEach(chosen: readonly Uint8Array[] | undefined, isMeant: (action: Action) => boolean): void {
    const stanzas = this.#script.stanzas.map(({ actions }) => actions.filter(isMeant));
    for (let line = 0; line < lines.count; line++) {
      const [bytes, from, to] = lines.at(line);
      for (let index = 0; index < stanzas.length; index++) {
        if (chosen !== undefined && chosen[index]?.[line] !== 1) continue;
        for (const action of stanzas[index] ?? []) this.#act(action, bytes, from, to);
      }
    }
  }

  #act(action: Action, bytes: Buffer, from: number, to: number): void {
    switch (action.type) {
      case "stdout":
      case "logdir":
        this.#bufferOf(action)?.add(this.#decorationOf(action), bytes, from, to);
        return;
      case "stderr":
        this.#ports.complain(alertOf(this.#decorationOf(action), bytes.subarray(from, to), action.shownBytes));
        return;
      case "status":
        this.#writeStatus(action, bytes.subarray(from, to));
    }
  }

  #decorationOf(action: Action): Uint8Array {
    if (!action.tai64n && !action.iso && action.prefix === "") return NOTHING;
    let decoration = this.#decorations.get(action);
    if (decoration === undefined) {
      decoration = decorationAt(this.#at, action);
      this.#decorations.set(action, decoration);
    }
    return decoration;
  }

  #writeStatus({ path, padTo, ...action }: Extract<Action, { type: "status" }>, line: Uint8Array): void {
    const record = Buffer.concat([decorationAt(this.#at, action), line, Buffer.from("\n")]);
    const content = padTo === 0 ? record : Buffer.alloc(padTo, NEWLINE);
    if (padTo > 0) record.copy(content);
    try {
      writeFileSync(`${path}.new`, content);
      renameSync(`${path}.new`, path);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "EIO";
      this.#ports.warn(`unable to write status file ${path}: ${new SystemError("write", path, code).reason}`);
    }
  }
}

/** Something is done for each line by itself. */
const isTalk = ({ type }: Action): boolean => type === "stderr" || type === "status";

/** All actions, where each gets every line as it is: then nobody needs to know where lines begin. */
function plainActions({ stanzas }: Script<LineRegex>): readonly Action[] | undefined {
  const [only, ...more] = stanzas;
  if (only === undefined || more.length > 0 || only.selectors.length > 0) return undefined;
  const isPlain = ({ type, tai64n, iso, prefix }: Action): boolean => (type === "stdout" || type === "logdir") && !tai64n && !iso && prefix === "";
  return only.actions.every(isPlain) ? only.actions : undefined;
}

function alertOf(decoration: Uint8Array, line: Uint8Array, shown: number): Uint8Array {
  const isCut = shown > 0 && line.length > shown + 3;
  const text = isCut ? Buffer.concat([line.subarray(0, shown), Buffer.from("...")]) : line;
  return Buffer.concat([Buffer.from("s6-log: alert: "), decoration, text, Buffer.from("\n")]);
}
