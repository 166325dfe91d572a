/** The mode of a file as in stat(2): its type and its permissions. */
export type FileKind = "file" | "directory" | "FIFO" | "symbolic link" | "socket" | "device";

const KINDS: ReadonlyMap<number, FileKind> = new Map([
  [0o010000, "FIFO"], [0o040000, "directory"], [0o100000, "file"], [0o120000, "symbolic link"], [0o140000, "socket"],
]);

export const kindOfMode = (mode: number): FileKind => KINDS.get(mode & 0o170000) ?? "device";

/** "0755": as chmod takes it. */
export const modeText = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, "0");

export const isAnyExecutable = (mode: number): boolean => (mode & 0o111) !== 0;
export const isWritableByOthers = (mode: number): boolean => (mode & 0o002) !== 0;
