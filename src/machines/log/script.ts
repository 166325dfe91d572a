import { parseUint } from "../../formats/uint.ts";

/**
 * The script of s6-log (s6 documentation, s6-log): one directive per argument, the first byte says what it is. `Pattern` is
 * whatever compiles extended regular expressions.
 */
export type Selector<Pattern> =
  /** Selects the line if nothing was done with it yet. */
  | { readonly type: "first" }
  /** Pattern undefined: every line. */
  | { readonly type: "select" | "deselect"; readonly pattern: Pattern | undefined };

/** What goes before the line. */
export interface Decoration {
  readonly tai64n: boolean;
  readonly iso: boolean;
  /** "" = none. */
  readonly prefix: string;
}

export interface LogdirSettings {
  /** Archives kept. */
  readonly archives: number;
  /** Bytes of `current` at which it is rotated, and how much earlier that may be. */
  readonly fileBytes: number;
  readonly tolerance: number;
  /** Bytes of all archives, 0 = no limit. */
  readonly totalBytes: number;
  readonly retryMs: number;
  /** Seconds between rotations whatever the size, 0 = none. */
  readonly periodSeconds: number;
  readonly processor: { readonly command: string; readonly shell: "execline" | "sh" } | undefined;
}

export type Action = Decoration &
  (
    | { readonly type: "stdout" }
    /** shownBytes: of the line, 0 = all. */
    | { readonly type: "stderr"; readonly shownBytes: number }
    /** padTo: exactly so many bytes, 0 = as it is. */
    | { readonly type: "status"; readonly path: string; readonly padTo: number }
    | ({ readonly type: "logdir"; readonly path: string } & LogdirSettings)
  );

export interface Stanza<Pattern> {
  readonly selectors: readonly Selector<Pattern>[];
  readonly actions: readonly Action[];
}

export interface Script<Pattern> {
  readonly stanzas: readonly Stanza<Pattern>[];
  /** It ends with directives that nothing comes after. */
  readonly isLoose: boolean;
}

/** The message that s6-log ends with, without its name. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
}

const FILE_BYTES = { least: 4096, most: 268_435_455 } as const;
const UINT64_DIGITS = 20;

const unrecognized = (word: string): ScriptError => new ScriptError(`unrecognized directive: ${word}`);
const syntax = (word: string): ScriptError => new ScriptError(`syntax error at directive: ${word}`);

const ACTIONS: ReadonlySet<string> = new Set("12=./");
const ALONE: ReadonlySet<string> = new Set("ftT12");
const WITH_MORE: ReadonlySet<string> = new Set("+-nsSlrRE^p!?=./");

/** What s6-log looks at before it looks at numbers and expressions. */
function checkShape(word: string): void {
  const [first = "", ...rest] = word;
  if (!ALONE.has(first) && !WITH_MORE.has(first)) throw unrecognized(word);
  if (ALONE.has(first) ? rest.length > 0 : word === "=") throw syntax(word);
}

/** Numbers of S and the like may be larger than 32 bits. */
function bigUint(text: string): number | undefined {
  return /^[0-9]+$/.test(text) && text.length <= UINT64_DIGITS ? Number(text) : undefined;
}

/** `compile`: undefined for what is no expression. @throws ScriptError: exit code 100 */
export function parseScript<Pattern>(words: readonly string[], compile: (expression: string) => Pattern | undefined): Script<Pattern> {
  const stanzas: { selectors: Selector<Pattern>[]; actions: Action[] }[] = [];
  let settings: LogdirSettings = {
    archives: 10, fileBytes: 99_999, tolerance: 2000, totalBytes: 0, retryMs: 2000, periodSeconds: 0, processor: undefined,
  };
  let [shownBytes, padTo, prefix] = [200, 1001, ""];
  /** Only for the action that comes next. */
  let [tai64n, iso] = [false, false];
  let [command, isShell] = ["", false];
  let pending: Selector<Pattern>[] = [];

  const act = (action: { type: "stdout" } | { type: "stderr" } | { type: "status"; path: string } | { type: "logdir"; path: string }): void => {
    const decoration = { tai64n, iso, prefix };
    const processor = command === "" ? undefined : { command, shell: isShell ? ("sh" as const) : ("execline" as const) };
    const made: Action =
      action.type === "logdir" ? { ...action, ...decoration, ...settings, processor }
      : action.type === "status" ? { ...action, ...decoration, padTo }
      : action.type === "stderr" ? { ...action, ...decoration, shownBytes }
      : { ...action, ...decoration };
    const open = stanzas.at(-1);
    if (open === undefined || pending.length > 0) stanzas.push({ selectors: pending, actions: [made] });
    else open.actions.push(made);
    pending = [];
    [tai64n, iso] = [false, false];
  };

  for (const word of words) checkShape(word);
  if (!words.some((word) => ACTIONS.has(word[0] ?? ""))) throw new ScriptError("no action directive specified");
  for (const word of words) {
    const rest = word.slice(1);
    const number = (): number => {
      const value = word.startsWith("S") ? bigUint(rest) : parseUint(rest);
      if (value === undefined) throw unrecognized(word);
      return value;
    };
    switch (word.charAt(0)) {
      case "+":
      case "-": {
        const pattern = rest === "" ? undefined : compile(rest);
        if (rest !== "" && pattern === undefined) throw unrecognized(word);
        pending.push({ type: word[0] === "+" ? "select" : "deselect", pattern });
        break;
      }
      case "f": pending.push({ type: "first" }); break;
      case "n": settings = { ...settings, archives: number() }; break;
      case "s": settings = { ...settings, fileBytes: Math.min(Math.max(number(), FILE_BYTES.least), FILE_BYTES.most) }; break;
      case "S": settings = { ...settings, totalBytes: number() }; break;
      case "l": {
        const tolerance = number();
        if (tolerance > Math.floor(settings.fileBytes / 2)) throw new ScriptError(`directive ${word} conflicts with previous s directive`);
        settings = { ...settings, tolerance };
        break;
      }
      case "r": settings = { ...settings, retryMs: number() }; break;
      case "R": settings = { ...settings, periodSeconds: number() }; break;
      case "E": shownBytes = number(); break;
      case "^": padTo = number(); break;
      case "p": prefix = rest; break;
      case "!": [command, isShell] = [rest, false]; break;
      case "?": [command, isShell] = [rest, true]; break;
      case "t": tai64n = true; break;
      case "T": iso = true; break;
      case "1": act({ type: "stdout" }); break;
      case "2": act({ type: "stderr" }); break;
      case "=": act({ type: "status", path: rest }); break;
      case ".":
      case "/": act({ type: "logdir", path: word }); break;
    }
  }
  return { stanzas, isLoose: pending.length > 0 };
}

/** Finds, among lines, those that are not selected as `value` and match, and marks them so. */
export type SelectLines<Pattern> = (pattern: Pattern, selected: Uint8Array, value: 0 | 1) => void;

/** For each stanza, which of `count` lines get its actions; the selection carries over from each stanza to the next. */
export function selectLines<Pattern>(stanzas: readonly Stanza<Pattern>[], count: number, select: SelectLines<Pattern>): Uint8Array[] {
  const selected = new Uint8Array(count).fill(1);
  const acted = new Uint8Array(count);
  return stanzas.map(({ selectors }) => {
    for (const selector of selectors) {
      const value = selector.type === "deselect" ? 0 : 1;
      if (selector.type === "first") for (let line = 0; line < count; line++) selected[line] = acted[line] === 0 ? 1 : 0;
      else if (selector.pattern === undefined) selected.fill(value);
      else select(selector.pattern, selected, value);
    }
    for (let line = 0; line < count; line++) if (selected[line] === 1) acted[line] = 1;
    return selected.slice();
  });
}
