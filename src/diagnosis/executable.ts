import { type ExecutableFacts, machineName } from "../formats/executable.ts";
import { isAnyExecutable, modeText } from "../formats/file-mode.ts";
import { type Hint, hintOf } from "./hint.ts";

/** Why a file can't be executed, by what it is. */
export interface Fault {
  readonly id: `exec-${FaultName}`;
  /** What exec(2) says then: a fault explains no other error. */
  readonly code: "ENOENT" | "EACCES" | "ENOEXEC";
  readonly text: string;
}
type FaultName =
  | "absent" | "dangling" | "wrong-kind" | "noexec" | "mode" | "not-permitted" | "empty" | "no-shebang" | "crlf"
  | "interpreter" | "machine";

/** `file` is what it is called, `machine` what programs run here (e_machine), if that is known. */
export function faultOf(file: string, facts: ExecutableFacts, machine: number | undefined): Fault | undefined {
  return faultOfFile(file, facts) ?? faultOfHead(file, facts, machine);
}

/** The hint for an exec that failed with this code. */
export function hintForExec(file: string, facts: ExecutableFacts, machine: number | undefined, code: string): Hint | undefined {
  const fault = faultOf(file, facts, machine);
  return fault?.code === code ? hintOf(file, fault.text) : undefined;
}

const fault = (name: FaultName, code: Fault["code"], text: string): Fault => ({ id: `exec-${name}`, code, text });

function faultOfFile(file: string, { kind, link, mode, uid, gid, mayExecute, noexec }: ExecutableFacts): Fault | undefined {
  if (kind === "absent") {
    return link === undefined
      ? fault("absent", "ENOENT", `there is no ${file}`)
      : fault("dangling", "ENOENT", `${file} is a symbolic link to ${link}, which does not exist`);
  }
  if (kind !== "file") return fault("wrong-kind", "EACCES", `${file} is a ${kind}: it must be a script or a program`);
  if (mayExecute) return undefined;
  if (!isAnyExecutable(mode)) {
    return fault("mode", "EACCES", `${file} is not executable, its mode is ${modeText(mode)}: chmod +x ${file}`);
  }
  if (noexec !== undefined) {
    return fault("noexec", "EACCES", `${file} lies on ${noexec}, which is mounted noexec: nothing on it can be executed`);
  }
  const owner = `it belongs to user ${uid} and group ${gid}, and its mode is ${modeText(mode)}`;
  return fault("not-permitted", "EACCES", `${file} may not be executed by this user: ${owner}`);
}

function faultOfHead(file: string, facts: ExecutableFacts, machine: number | undefined): Fault | undefined {
  const { head } = facts;
  switch (head?.kind) {
    case undefined:
      return undefined;
    case "empty":
      return fault("empty", "ENOEXEC", `${file} is empty`);
    case "other": {
      const why = head.hidden === undefined
        ? "begins with no #! line and is no ELF program: a script needs a first line such as #!/bin/sh"
        : `has ${head.hidden.startsWith("\xef") ? "a byte order mark" : "blanks"} before its #!, which must be its first two bytes`;
      return fault("no-shebang", "ENOEXEC", `${file} ${why}`);
    }
    case "ELF": {
      if (machine !== undefined && head.machine !== machine && !(machine === X86_64 && head.machine === X86)) {
        return fault("machine", "ENOEXEC", `${file} is a program for ${machineName(head.machine)}, and this is ${machineName(machine)}`);
      }
      return faultOfInterpreter(`${file} needs the dynamic linker`, head.loader ?? "", facts, machine);
    }
    case "script":
      return faultOfScript(file, head, facts, machine);
  }
}

const X86 = 3;
const X86_64 = 62;

type ScriptHead = Extract<NonNullable<ExecutableFacts["head"]>, { kind: "script" }>;

function faultOfScript(file: string, { interpreter, argument }: ScriptHead, facts: ExecutableFacts, machine: number | undefined): Fault | undefined {
  if (interpreter.endsWith("\r") || argument.endsWith("\r")) {
    const name = interpreter.replace(/\r$/, "");
    const told = argument === "" ? `the interpreter is not ${name} then` : "the CR belongs to the argument then";
    return fault("crlf", "ENOENT", `the #! line of ${file} ends with CR LF, ${told}: write it with LF alone`);
  }
  if (interpreter === "") return fault("no-shebang", "ENOEXEC", `the #! line of ${file} names no interpreter, or is too long`);
  return faultOfInterpreter(`${file} is a script for`, interpreter, facts, machine);
}

/** One that is missing looks to exec as if the file itself was: that error has cost people hours. */
function faultOfInterpreter(need: string, path: string, { interpreter }: ExecutableFacts, machine: number | undefined): Fault | undefined {
  if (interpreter === undefined) return undefined;
  if (interpreter.kind === "absent" && interpreter.link === undefined) {
    return fault("interpreter", "ENOENT", `${need} ${path}, which does not exist`);
  }
  const why = faultOf(path, interpreter, machine);
  return why === undefined ? undefined : fault("interpreter", why.code, `${need} ${path}; ${why.text}`);
}
