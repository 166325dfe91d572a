import { constants } from "node:os";

/** What the C library of Linux says about the usual codes, in the C locale: s6 prints these words. */
const REASONS: Readonly<Record<string, string>> = {
  E2BIG: "Argument list too long",
  EACCES: "Permission denied",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EAFNOSUPPORT: "Address family not supported by protocol",
  EAGAIN: "Resource temporarily unavailable",
  EALREADY: "Operation already in progress",
  EBADF: "Bad file descriptor",
  EBADMSG: "Bad message",
  EBUSY: "Device or resource busy",
  ECANCELED: "Operation canceled",
  ECHILD: "No child processes",
  ECONNABORTED: "Software caused connection abort",
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EDEADLK: "Resource deadlock avoided",
  EDESTADDRREQ: "Destination address required",
  EDOM: "Numerical argument out of domain",
  EDQUOT: "Disk quota exceeded",
  EEXIST: "File exists",
  EFAULT: "Bad address",
  EFBIG: "File too large",
  EHOSTUNREACH: "No route to host",
  EIDRM: "Identifier removed",
  EILSEQ: "Invalid or incomplete multibyte or wide character",
  EINPROGRESS: "Operation now in progress",
  EINTR: "Interrupted system call",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISCONN: "Transport endpoint is already connected",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  EMFILE: "Too many open files",
  EMLINK: "Too many links",
  EMSGSIZE: "Message too long",
  ENAMETOOLONG: "File name too long",
  ENETDOWN: "Network is down",
  ENETUNREACH: "Network is unreachable",
  ENFILE: "Too many open files in system",
  ENOBUFS: "No buffer space available",
  ENODEV: "No such device",
  ENOENT: "No such file or directory",
  ENOEXEC: "Exec format error",
  ENOLCK: "No locks available",
  ENOMEM: "Cannot allocate memory",
  ENOPROTOOPT: "Protocol not available",
  ENOSPC: "No space left on device",
  ENOSYS: "Function not implemented",
  ENOTCONN: "Transport endpoint is not connected",
  ENOTDIR: "Not a directory",
  ENOTEMPTY: "Directory not empty",
  ENOTSOCK: "Socket operation on non-socket",
  ENOTSUP: "Operation not supported",
  ENOTTY: "Inappropriate ioctl for device",
  ENXIO: "No such device or address",
  EOVERFLOW: "Value too large for defined data type",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EPROTO: "Protocol error",
  EPROTONOSUPPORT: "Protocol not supported",
  ERANGE: "Numerical result out of range",
  EROFS: "Read-only file system",
  ESPIPE: "Illegal seek",
  ESRCH: "No such process",
  ESTALE: "Stale file handle",
  ETIME: "Timer expired",
  ETIMEDOUT: "Connection timed out",
  ETXTBSY: "Text file busy",
  EXDEV: "Invalid cross-device link",
};

/** Codes that share a number have one name of their own. */
const ALIASES: Readonly<Record<string, string>> = { EWOULDBLOCK: "EAGAIN", EOPNOTSUPP: "ENOTSUP" };

const numbers: Readonly<Record<string, number>> = constants.errno;
const codes = new Map<number, string>();
for (const [code, number] of Object.entries(numbers)) codes.set(number, ALIASES[code] ?? code);

/** "ENOENT" for 2; "E999" for a number without a name. */
export const errorCode = (errno: number): string => codes.get(errno) ?? `E${errno}`;

/** "No such file or directory" for "ENOENT": the words of the C library. */
export const strerror = (code: string): string => REASONS[code] ?? `Unknown error ${numbers[code] ?? code.slice(1)}`;

/** A system call that failed. `message` reads "unable to mkdir event: Permission denied". */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly syscall: string;
  readonly path: string | undefined;
  /** Such as "ENOENT". */
  readonly code: string;

  constructor(syscall: string, path: string | undefined, code: string, options?: ErrorOptions) {
    super(`unable to ${syscall}${path === undefined ? "" : ` ${path}`}: ${strerror(code)}`, options);
    this.syscall = syscall;
    this.path = path;
    this.code = code;
  }

  /** What the C library says: "No such file or directory". */
  get reason(): string {
    return strerror(this.code);
  }

  /** The number of the code, positive. */
  get errno(): number {
    return numbers[this.code] ?? 0;
  }
}

/** What `look` answers, or `fallback` when a system call fails. */
export function otherwise<T>(fallback: T, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (error instanceof SystemError) return fallback;
    throw error;
  }
}
