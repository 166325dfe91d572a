import type { FileKind } from "../formats/file-mode.ts";
import { type Hint, hintOf } from "./hint.ts";

/** What keeps a supervisor from working in its directory. */
export const readOnlyText = (point: string): string =>
  `${point} is mounted read-only: make supervise and event symbolic links to directories that can be written, such as in /run`;

export const hintForReadOnly = (point: string): Hint => hintOf("read-only", readOnlyText(point));

/** undefined: nothing is there. */
export const notFifoText = (kind: FileKind | undefined): string =>
  `supervise/control is ${kind === undefined ? "missing" : `a ${kind}`}: remove it, the supervisor makes a FIFO of that name when it starts`;

export const hintForControl = (kind: FileKind | undefined): Hint => hintOf("control", notFifoText(kind));
