/** The environment cannot be used: what was tried, on which path, and the errno or LMDB code. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string, text: string, cause?: unknown) {
    super(`journal ${path}: ${text}`, cause === undefined ? {} : { cause });
    this.code = code;
    this.path = path;
  }
}

/** Nothing was recorded there yet. */
export const isUnbegun = (error: unknown): boolean => error instanceof JournalError && (error.code === "ENOENT" || error.code === "EEMPTY");

/** Any error as one; lmdb gives texts such as `MDB_INVALID: File is not an LMDB file`, node:fs gives codes. */
export function toJournalError(error: unknown, path: string, what: string): JournalError {
  if (error instanceof JournalError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new JournalError(codeOf(error, text), path, `${what}: ${text}`, error);
}

function codeOf(error: unknown, text: string): string {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (typeof code === "string") return code;
  const named = /\b(MDB_[A-Z_]+)\b/.exec(text)?.[1];
  if (named !== undefined) return named;
  return ERRNO_TEXTS.find(([part]) => text.includes(part))?.[1] ?? "EUNKNOWN";
}

/** lmdb passes on strerror() texts for system errors. */
const ERRNO_TEXTS = [
  ["No space left", "ENOSPC"], ["Disk quota", "EDQUOT"], ["Input/output", "EIO"], ["Permission denied", "EACCES"],
  ["Read-only file system", "EROFS"], ["No such file", "ENOENT"], ["Invalid argument", "EINVAL"],
  ["Not a directory", "ENOTDIR"], ["Too many open files", "EMFILE"], ["Cannot allocate", "ENOMEM"],
] as const;
