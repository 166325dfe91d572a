import { ExitError, known, unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { bytesOf, textOf } from "../formats/bytes.ts";
import { type SignalName, signalNumber } from "../formats/signals.ts";
import { parseUint } from "../formats/uint.ts";
import { exitCode, termSignal } from "../formats/wait-status.ts";
import { type ChainProcess, exits, type Next } from "./process.ts";

/** The programs of s6-portable-utils that scripts of s6-overlay use. */

const LINE = "\n";

/** s6-echo [ -n ] [ -s sep ] args... */
export function runEcho(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "ns:");
  let [separator, end] = [" ", LINE];
  for (const { name, value } of options) {
    if (name === "n") end = "";
    else separator = value.charAt(0) || "\0";
  }
  process.stdout(operands.join(separator) + end);
  return exits(0);
}

/** s6-seq [ -w ] [ -s separator ] [ first [ increment ] ] last */
export function runSeq(args: readonly string[], process: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "ws:");
  const numbers = operands.map((text) => known(parseUint(text)));
  if (numbers.length < 1 || numbers.length > 3) throw new UsageError();
  const [first, increment, last] = numbers.length === 1 ? [1, 1, numbers[0] ?? 0] : numbers.length === 2 ? [numbers[0] ?? 0, 1, numbers[1] ?? 0] : [numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0];
  if (increment === 0) throw new ExitError(100, "increment is zero");
  const separator = options.filter(({ name }) => name === "s").at(-1);
  const end = separator === undefined ? LINE : separator.value || "\0";
  const width = options.some(({ name }) => name === "w") ? String(last).length : 0;
  for (let from = first; from <= last; from += increment * PORTION) {
    const to = Math.min(last, from + increment * (PORTION - 1));
    let text = "";
    for (let number = from; number <= to; number += increment) text += String(number).padStart(width, "0") + end;
    process.stdout(text);
  }
  return exits(0);
}

/** So many numbers at a time: nobody has to hold all of them. */
const PORTION = 4096;

/** s6-mkfifo [ -m mode ] fifo... */
export function runMkfifo(args: readonly string[], { sys }: ChainProcess): Next {
  const { options, operands } = parseOptions(args, "m:");
  const text = options.at(-1)?.value;
  if (operands.length === 0 || (text !== undefined && !/^[0-7]{1,5}$/.test(text))) throw new UsageError();
  const mask = sys.umask(0);
  sys.umask(mask);
  const mode = text === undefined ? 0o666 & ~mask : Number.parseInt(text, 8);
  for (const fifo of operands) unableTo(`mkfifo ${fifo}`, () => sys.mkfifo(bytesOf(fifo), mode));
  return exits(0);
}

/** s6-chown [ -U ] [ -u uid ] [ -g gid ] file */
export function runChown(args: readonly string[], { sys, environment }: ChainProcess): Next {
  const { options, operands: [file] } = parseOptions(args, "Uu:g:");
  let [uid, gid] = [UNCHANGED, UNCHANGED];
  const ofVariable = (name: string): number => {
    const value = environment.get(name);
    if (value === undefined) throw new ExitError(100, `${name} not set`);
    const id = parseUint(value);
    if (id === undefined) throw new ExitError(100, `invalid ${name}`);
    return id;
  };
  for (const { name, value } of options) {
    switch (name) {
      case "U": [uid, gid] = [ofVariable("UID"), ofVariable("GID")]; break;
      case "u": uid = known(parseUint(value)); break;
      case "g": gid = known(parseUint(value)); break;
    }
  }
  if (file === undefined) throw new UsageError();
  unableTo(`chown ${file}`, () => sys.chown(bytesOf(file), uid, gid));
  return exits(0);
}

const UNCHANGED = 2 ** 32 - 1;

/** In place of what is no UTF-8. */
const REPLACED = "\ufffd";

/** s6-rmrf subtree: nothing there is fine. */
export function runRmrf(args: readonly string[], { sys }: ChainProcess): Next {
  const { operands: [subtree] } = parseOptions(args, "");
  if (subtree === undefined) throw new UsageError();
  const path = textOf(bytesOf(subtree));
  if (path.includes(REPLACED)) throw new ExitError(111, `unable to remove ${subtree}: its name is no UTF-8`);
  unableTo(`remove ${subtree}`, () => sys.removeTree(path));
  return exits(0);
}

const SIGNALS = {
  a: "ALRM", b: "ABRT", i: "INT", k: "KILL", q: "QUIT", t: "TERM", x: "XCPU", 1: "USR1", 2: "USR2",
} as const satisfies Readonly<Record<string, SignalName>>;
const TIMED_OUT = 99;
const SIGNALLED = 128;

/** s6-maximumtime [ -0 | -a | -b | -i | -k | -q | -t | -x | -1 | -2 ] milliseconds prog... */
export function runMaximumtime(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [limit = "", ...prog] } = parseOptions(args, "0abikqtx12");
  const ms = known(parseUint(limit));
  if (prog.length === 0) throw new UsageError();
  const name = options.at(-1)?.name ?? "t";
  const child = process.spawnOrFail(prog);
  const [ready] = process.sys.pollReadable([child.pidfd], ms === 0 ? undefined : ms);
  if (ready === undefined) {
    if (name !== "0") process.sys.pidfdKill(child.pidfd, signalNumber(SIGNALS[name]));
    throw new ExitError(TIMED_OUT, "child process timed out");
  }
  const status = child.wait();
  return exits(termSignal(status) === 0 ? exitCode(status) : SIGNALLED + termSignal(status));
}
