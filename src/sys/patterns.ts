import { addon, type GlobTrouble } from "./addon.ts";
import { check, checked, errorCode } from "./errors.ts";

/** Patterns of file names as the C library matches them. All texts are byte strings: each character stands for a byte. */

/** As patterns.cc numbers them. */
const [GLOB_NOSORT, GLOB_MARK, GLOB_NOESCAPE, GLOB_NOCHECK, GLOB_ERR] = [1, 2, 4, 8, 16];
const [FNM_NOESCAPE, FNM_PERIOD, FNM_PATHNAME] = [1, 2, 4];

export interface GlobRules {
  readonly isSorted?: boolean;
  /** A slash behind every directory. */
  readonly marksDirectories?: boolean;
  /** A backslash is a character like others. */
  readonly noEscape?: boolean;
  /** A pattern that nothing matches stands for itself. */
  readonly noCheck?: boolean;
  /** The first directory that can't be read ends it. */
  readonly abortsOnError?: boolean;
}

export interface Globbed {
  /** "none": nothing matches. "aborted": the last trouble is why. */
  readonly outcome: "found" | "none" | "aborted";
  readonly paths: readonly string[];
  /** What could not be read, with the code of its error. */
  readonly troubles: readonly { readonly path: string; readonly code: string }[];
}

const EIO = -5;

/** glob(3). @throws SystemError EINVAL for a NUL, ENOMEM */
export function glob(pattern: string, rules: GlobRules = {}): Globbed {
  const { isSorted = false, marksDirectories = false, noEscape = false, noCheck = false, abortsOnError = false } = rules;
  const flags = (isSorted ? 0 : GLOB_NOSORT) | (marksDirectories ? GLOB_MARK : 0) | (noEscape ? GLOB_NOESCAPE : 0)
    | (noCheck ? GLOB_NOCHECK : 0) | (abortsOnError ? GLOB_ERR : 0);
  const noted: GlobTrouble[] = [];
  const result = addon.glob(bytes(pattern), flags, noted);
  const troubles = noted.map(({ path, errno }) => ({ path: text(path), code: errorCode(errno) }));
  if (result === EIO) return { outcome: "aborted", paths: [], troubles };
  const paths = checked(result, "glob", pattern).map(text);
  return { outcome: paths.length === 0 ? "none" : "found", paths, troubles };
}

export interface FnmatchRules {
  readonly noEscape?: boolean;
  /** A leading period is matched by a period only. */
  readonly period?: boolean;
  /** A slash is matched by a slash only. */
  readonly pathname?: boolean;
}

/** fnmatch(3): does the pattern match the whole text? @throws SystemError EINVAL */
export function fnmatch(pattern: string, value: string, { noEscape = false, period = false, pathname = false }: FnmatchRules = {}): boolean {
  const flags = (noEscape ? FNM_NOESCAPE : 0) | (period ? FNM_PERIOD : 0) | (pathname ? FNM_PATHNAME : 0);
  return check(addon.fnmatch(bytes(pattern), bytes(value), flags), "fnmatch", pattern) === 1;
}

const bytes = (value: string): Uint8Array => Buffer.from(value, "latin1");
const text = (value: Uint8Array): string => Buffer.from(value).toString("latin1");
