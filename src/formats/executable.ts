import type { FileKind } from "./file-mode.ts";

/** What Linux finds at the head of a file that it is to execute (execve(2), elf(5)). */
export type ExecutableHead =
  | { readonly kind: "empty" }
  /** `interpreter` is "" where none is named, or none that ends within what the kernel reads. */
  | { readonly kind: "script"; readonly interpreter: string; readonly argument: string }
  /** `loader`: the dynamic linker that it asks for. */
  | { readonly kind: "ELF"; readonly bits: 32 | 64; readonly machine: number; readonly loader: string | undefined }
  /** Neither. `hidden`: what stands before a #! that the kernel therefore does not see. */
  | { readonly kind: "other"; readonly hidden: string | undefined };

/** What is known of a file that is to be executed. */
export interface ExecutableFacts {
  readonly kind: FileKind | "absent";
  /** Where it leads, if it is a symbolic link. */
  readonly link: string | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** For whoever looked. */
  readonly mayExecute: boolean;
  /** Where the file system is mounted that lets nothing be executed. */
  readonly noexec: string | undefined;
  /** undefined: it can't be read. */
  readonly head: ExecutableHead | undefined;
  /** The interpreter of a script, the dynamic linker of a program. */
  readonly interpreter: ExecutableFacts | undefined;
}

/** How much of a file is worth reading: its program headers and their texts are usually there. */
export const HEAD_BYTES = 4096;
/** BINPRM_BUF_SIZE: the first line of a script must fit. */
const SCRIPT_BYTES = 256;
const PT_INTERP = 3;

export function parseExecutable(bytes: Uint8Array): ExecutableHead {
  if (bytes.length === 0) return { kind: "empty" };
  const text = latin1(bytes.subarray(0, SCRIPT_BYTES));
  if (text.startsWith("#!")) return parseScript(text, bytes.length > SCRIPT_BYTES);
  if (text.startsWith("\x7fELF") && bytes.length >= 52) return parseElf(bytes);
  const hidden = /^(\xef\xbb\xbf|\s+)#!/.exec(text)?.[1];
  return { kind: "other", hidden };
}

function parseScript(text: string, hasMore: boolean): ExecutableHead {
  const end = text.indexOf("\n");
  const line = text.slice(2, end < 0 ? undefined : end).replace(/^[ \t]+/, "");
  const [interpreter = ""] = line.split(/[ \t\0]/, 1);
  // One that the kernel has no room for is none.
  const isCut = end < 0 && hasMore && interpreter.length === line.length;
  const argument = line.slice(interpreter.length).replace(/^[ \t]+|[ \t]+$/g, "");
  return { kind: "script", interpreter: isCut ? "" : interpreter, argument };
}

function parseElf(bytes: Uint8Array): ExecutableHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = view.getUint8(5) !== 2;
  const bits = view.getUint8(4) === 1 ? 32 : 64;
  const u16 = (at: number): number => (at + 2 <= bytes.length ? view.getUint16(at, isLittle) : 0);
  const u32 = (at: number): number => (at + 4 <= bytes.length ? view.getUint32(at, isLittle) : 0);
  /** An address: its low half is enough for what lies in the head. */
  const word = (at: number): number => (bits === 32 ? u32(at) : u32(isLittle ? at : at + 4));
  const [headers, size, count] = bits === 64 ? [word(32), u16(54), u16(56)] : [word(28), u16(42), u16(44)];
  const [offsetAt, lengthAt] = bits === 64 ? [8, 32] : [4, 16];
  let loader: string | undefined;
  for (let index = 0; index < count && loader === undefined; index++) {
    const at = headers + index * size;
    if (u32(at) !== PT_INTERP) continue;
    const start = word(at + offsetAt);
    loader = latin1(bytes.subarray(start, start + word(at + lengthAt))).replace(/\0.*$/s, "");
  }
  return { kind: "ELF", bits, machine: u16(18), loader: loader === "" ? undefined : loader };
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const MACHINES: Readonly<Record<number, string>> = {
  3: "x86", 8: "MIPS", 20: "PowerPC", 21: "PowerPC 64", 22: "S/390", 40: "ARM", 62: "x86-64", 183: "AArch64",
  243: "RISC-V", 258: "LoongArch",
};

/** What e_machine stands for. */
export const machineName = (machine: number): string => MACHINES[machine] ?? `machine ${machine}`;
