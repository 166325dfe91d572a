import { ExitError, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { parseSignal, signalName, signalNumber } from "../formats/signals.ts";
import { parseUint } from "../formats/uint.ts";
import { otherwise } from "../sys/system-error.ts";
import { approximateCode, type Child, type ChainProcess, exits, type Next } from "./process.ts";

const SIGCHLD = signalNumber("CHLD");
/** Two belong to the C library. */
const UNTRAPPABLE: readonly number[] = [SIGCHLD, signalNumber("KILL"), signalNumber("STOP"), 32, 33];
const LAST_SIGNAL = 64;

interface Traps {
  readonly bySignal: ReadonlyMap<number, readonly string[]>;
  /** Of all the others. */
  readonly byDefault: readonly string[] | undefined;
}

/** trap [ -x ] { SIGNAL { HANDLER... } ... } PROG... */
export function runTrap(args: readonly string[], process: ChainProcess): Next {
  const { sys } = process;
  const { options, operands } = parseOptions(args, "x");
  if (operands.length === 0) throw new UsageError();
  const { words: directives, rest } = process.block(operands);
  if (directives.length === 0) throw new ExitError(100, "empty block");
  if (rest.length === 0) throw new UsageError();
  const { bySignal, byDefault } = parseTraps(directives, process);
  const forwards = options.length > 0 && byDefault === undefined;

  const signals = sys.trapSignalNumbers(forwards || byDefault !== undefined
    ? [...new Set([...bySignal.keys(), ...sys.trappableSignals])].filter((signal) => signal !== SIGCHLD)
    : [...bySignal.keys()]);
  const prog = process.spawnOrFail(rest);
  const handlers = new Map<number, Child>();
  const act = (signal: number): void => {
    const words = bySignal.get(signal) ?? byDefault;
    if (words === undefined) return otherwise(undefined, () => sys.pidfdKill(prog.pidfd, signal));
    if (words.length === 0 || handlers.has(signal)) return;
    const environment = process.environment.copy();
    environment.set("!", String(prog.pid));
    environment.set("SIGNAL", String(signal));
    handlers.set(signal, process.spawnOrFail(words, { environment }));
  };

  for (;;) {
    const ready = sys.pollReadable([signals.fd, prog.pidfd, ...Array.from(handlers.values(), ({ pidfd }) => pidfd)], undefined);
    for (const [signal, child] of [...handlers]) {
      if (!ready.includes(child.pidfd)) continue;
      child.wait();
      handlers.delete(signal);
    }
    for (let signal = signals.read(); signal !== undefined; signal = signals.read()) act(signal);
    if (ready.includes(prog.pidfd)) return exits(approximateCode(prog.wait()));
  }
}

/** Handlers are blocks 2, 3, and so on: the first has them all. @throws ExitError 100 */
function parseTraps(directives: readonly string[], process: ChainProcess): Traps {
  const bySignal = new Map<number, readonly string[]>();
  let byDefault: readonly string[] | undefined;
  let number = 2;
  for (let [name, ...more] = directives; name !== undefined; number++) {
    const signal = name.toLowerCase() === "default" ? undefined : parseDirective(name);
    const { words, rest } = process.block(more, number, `internal block for directive ${name}`);
    if (signal !== undefined) requireTrappable(signal);
    if (signal === undefined ? byDefault !== undefined : bySignal.has(signal)) throw new ExitError(100, `duplicate directive: ${name}`);
    if (signal === undefined) byDefault = words;
    else bySignal.set(signal, words);
    [name, ...more] = rest;
  }
  bySignal.delete(0);
  return { bySignal, byDefault };
}

function parseDirective(name: string): number {
  const signal = parseUint(name) ?? parseSignal(name);
  if (signal === undefined) throw new ExitError(100, `unrecognized directive: ${name}`);
  return signal;
}

function requireTrappable(signal: number): void {
  if (UNTRAPPABLE.includes(signal) || signal > LAST_SIGNAL) throw new ExitError(100, `SIG${signalName(signal)} (${signal}) cannot be trapped`);
}
