import { ExitError, unableTo, UsageError } from "../cli/failures.ts";
import { parseOptions } from "../cli/options.ts";
import { type CdDecision, decideCd, type Place } from "../execline/posix-cd.ts";
import { parseUmask, umaskSymbols, umaskText } from "../execline/umask.ts";
import { bytesOf } from "../formats/bytes.ts";
import { SystemError } from "../sys/system-error.ts";
import { becomesOrExits, type ChainProcess, type Next } from "./process.ts";

/** posix-umask [ -S ] [ MASK [ PROG... ] ] */
export function runPosixUmask(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [text, ...rest] } = parseOptions(args, "S");
  const mask = process.sys.umask(0);
  process.sys.umask(mask);
  if (text === undefined) process.stdout(`${options.length > 0 ? umaskSymbols(mask) : umaskText(mask)}\n`);
  else process.apply({ type: "umask", mask: wantedMask(text, mask) });
  return becomesOrExits(rest);
}

function wantedMask(text: string, mask: number): number {
  const wanted = parseUmask(text, mask);
  if (wanted === undefined) throw new ExitError(1, "invalid mode string");
  return wanted;
}

/** posix-cd [ -L | -P ] [ - | DIRECTORY [ PROG... ] ] */
export function runPosixCd(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: [operand, ...rest] } = parseOptions(args, "LP");
  const decision = decide(operand, options.at(-1)?.name === "P", process);
  switch (decision.type) {
    case "usage": throw new UsageError();
    case "broken": {
      const { path, component } = decision;
      throw new ExitError(111, `unable to canonicalize ${path}: problem with ${component}: ${reasonAgainst(component, process)}`);
    }
    case "go": return go(decision, rest, process);
  }
}

function decide(operand: string | undefined, isPhysical: boolean, process: ChainProcess): CdDecision {
  const names = ["HOME", "OLDPWD", "CDPATH", "PWD"] as const;
  const set = names.flatMap((name) => {
    const value = process.environment.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const request = { operand, isPhysical, env: Object.fromEntries(set), cwd: workingDirectory(process) };
  return decideCd(request, (path) => isDirectory(path, process));
}

function go({ directory, named, pwd, prints, oldPwd }: Extract<CdDecision, { type: "go" }>, rest: readonly string[], process: ChainProcess): Next {
  const { environment, sys } = process;
  unableTo(`chdir to ${named}`, () => sys.chdirBytes(bytesOf(directory)));
  const nameOf = (place: Place): string => (place === "physical" ? workingDirectory(process) : place.name);
  environment.set("OLDPWD", oldPwd);
  environment.set("PWD", nameOf(pwd));
  if (prints !== undefined) process.stdout(`${nameOf(prints)}\n`);
  return becomesOrExits(rest);
}

const workingDirectory = ({ sys }: ChainProcess): string => unableTo("getcwd", () => Buffer.from(sys.cwdBytes()).toString("latin1"));

const TYPE = 0o170000;
const DIRECTORY = 0o040000;
const isDirectory = (path: string, { sys }: ChainProcess): boolean => ((sys.fileFacts(bytesOf(path), true)?.mode ?? 0) & TYPE) === DIRECTORY;

/** Why it is no directory. */
function reasonAgainst(path: string, { sys }: ChainProcess): string {
  try {
    sys.stat(bytesOf(path));
  } catch (error) {
    if (error instanceof SystemError) return error.reason;
    throw error;
  }
  return new SystemError("stat", path, "ENOTDIR").reason;
}
