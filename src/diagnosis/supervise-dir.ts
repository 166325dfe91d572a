import type { FileKind } from "../formats/file-mode.ts";
import { type Hint, hintOf } from "./hint.ts";

/** What keeps a supervisor from working in its directory. */
export const readOnlyText = (point: string): string =>
  `${point} is mounted read-only: make supervise and event symbolic links to directories that can be written, such as in /run`;

export const hintForReadOnly = (point: string): Hint => hintOf("read-only", readOnlyText(point));

export const hintForReadOnlyScandir = (point: string): Hint =>
  hintOf("read-only", `${point} is mounted read-only: a scan directory must be one that can be written, with links to the service directories in it`);

export const notFifoText = (kind: FileKind, path = "supervise/control"): string =>
  `${path} is a ${kind}: remove it, a FIFO of that name is made at the next start`;

export const hintForControl = (kind: FileKind, path: string): Hint => hintOf("control", notFifoText(kind, path));
