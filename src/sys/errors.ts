import { type Bytes, textOf } from "../formats/bytes.ts";
import { errorCode, SystemError } from "./system-error.ts";

export { errorCode, otherwise, strerror, SystemError } from "./system-error.ts";

/** Where a native -errno becomes an exception. @throws SystemError */
export function check(result: number, syscall: string, path?: Bytes): number {
  if (result < 0) throw new SystemError(syscall, path === undefined ? undefined : textOf(path), errorCode(-result));
  return result;
}

/** The same for calls that answer something else than a number. */
export function checked<T>(result: T | number, syscall: string, path?: Bytes): T {
  if (typeof result === "number") throw new SystemError(syscall, path === undefined ? undefined : textOf(path), errorCode(-result));
  return result;
}

/** Runs `action`; undefined when it fails with one of these codes. */
export function unless<T>(codes: readonly string[], action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof SystemError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
