import { constants } from "node:fs";
import { CredentialOptions } from "../cli/credential-options.ts";
import { ExitError, unableTo } from "../cli/failures.ts";
import type { ExecRequest } from "../sys/exec.ts";
import type { Limit, ResourceName } from "../sys/limits.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { importedValue, importLimit, isVariable } from "./envdir.ts";
import { Environment } from "./environment.ts";
import { accountVariables } from "./envuidgid.ts";
import type { ImportRules, LimitMode, LockRules, Operation, SessionRules } from "./operation.ts";
import { changedLimit } from "./softlimit.ts";

const { O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;
const INT_MAX = 2 ** 31 - 1;

/**
 * Applies operations to this process, one after the other. What Node needs itself until the end, or can't live with, comes
 * with the exec: the environment, and lowered limits.
 */
export class Execution {
  readonly #sys: Sys;
  /** undefined: as we got it. */
  #environment: Environment | undefined;
  readonly #limits = new Map<ResourceName, Limit>();
  readonly #keep: number[] = [];
  /** Descriptors of Node, whose numbers were wanted: [copy, number]. */
  readonly #displaced: (readonly [copy: number, fd: number])[] = [];

  constructor(sys: Sys) {
    this.#sys = sys;
  }

  /** @throws ExitError, SystemError */
  apply(operation: Operation, warn: (text: string) => void): void {
    switch (operation.type) {
      case "import": return this.#import(operation.directory, operation.rules);
      case "account": return this.#setVariables(accountVariables(operation.account, operation.rules, this.#sys));
      case "credentials": return this.#applyCredentials(operation.options);
      case "unset": return this.#setVariables(new Map(operation.names.map((name) => [name, undefined])));
      case "limit": return this.#limit(operation.resources, operation.mode, operation.value);
      case "session": return this.#startSession(operation.rules, warn);
      case "lock": return this.#lock(operation.file, operation.rules);
    }
  }

  /** What the exec has to do. */
  request(): Partial<ExecRequest> {
    return { environment: this.#environment?.entries(), keep: this.#keep, limits: [...this.#limits.values()] };
  }

  /** There will be no exec: Node gets its descriptors back for its end. */
  giveUp(): void {
    for (const [copy, fd] of this.#displaced) this.#sys.dupOnto(copy, fd);
  }

  get environment(): Environment {
    this.#environment ??= new Environment(this.#sys.environment());
    return this.#environment;
  }

  #setVariables(variables: ReadonlyMap<string, string | undefined>): void {
    for (const [name, value] of variables) this.environment.set(name, value);
  }

  #import(directory: string, rules: ImportRules): void {
    try {
      if (rules.nullText === "") throw new SystemError("envdir", directory, "EINVAL");
      const files = this.#sys.readFilesOf(directory, isVariable, importLimit(rules));
      this.#setVariables(new Map(files.map(({ name, content }) => [name, importedValue(content, rules)])));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code === "ENOENT" && rules.mayBeMissing) return;
      throw new ExitError(111, `unable to envdir ${directory}: ${error.reason}`, { cause: error });
    }
  }

  #applyCredentials(options: Extract<Operation, { type: "credentials" }>["options"]): void {
    const wanted = new CredentialOptions((name) => this.environment.get(name));
    for (const { name, value } of options) wanted.take(name, value);
    try {
      this.#sys.applyCredentials(wanted);
    } catch (error) {
      if (error instanceof SystemError) throw new ExitError(111, `unable to ${error.syscall}: ${error.reason}`, { cause: error });
      throw error;
    }
  }

  /** A lowered limit would hit Node itself; that can't fail, and waits for the exec. */
  #limit(resources: readonly ResourceName[], mode: LimitMode, value: bigint | "most"): void {
    for (const name of resources) {
      const real = this.#sys.limitOf(name);
      const now = this.#limits.get(name) ?? real;
      const next = changedLimit(now, mode, value);
      unableTo("setrlimit", () => {
        if (next.soft > next.hard) this.#sys.setLimit(next); // EINVAL
        else if (next.hard > real.hard) this.#sys.setLimit({ ...next, soft: real.hard });
        else if (next.hard > now.hard && !this.#sys.mayRaiseLimits()) throw new SystemError("setrlimit", undefined, "EPERM");
      });
      this.#limits.set(name, next);
    }
  }

  #startSession({ group, foreground, grab, onFailure, terminal }: SessionRules, warn: (text: string) => void): void {
    const sys = this.#sys;
    // As in s6, strictness has no say in this.
    const tty = foreground ? (terminal ?? unableTo("open /dev/tty", () => sys.open("/dev/tty", O_RDWR | O_NONBLOCK))) : -1;
    const attempt = (what: string, action: () => void): void => {
      try {
        unableTo(what, action);
      } catch (error) {
        if (onFailure === "exit" || !(error instanceof ExitError)) throw error;
        if (onFailure === "warn") warn(error.message);
      }
    };
    if (group) attempt("setpgid", () => sys.leadGroup());
    else attempt("setsid", () => sys.setsid());
    if (foreground) attempt("tcsetpgrp", () => sys.comeToForeground(tty, grab));
  }

  #lock(file: string, { isShared, waitMs, fd = this.#lowestFree() }: LockRules): void {
    const sys = this.#sys;
    const opened = isShared ? this.#openToRead(file) : unableTo(`open ${file} for writing`, () => sys.open(file, O_WRONLY | O_CREAT | O_NONBLOCK));
    this.#moveTo(opened, fd);
    // Not before it has its number: closing the other one would drop the lock.
    if (unableTo(`lock ${file}`, () => sys.lockRecord(fd, isShared, waitMs))) return;
    throw new ExitError(1, waitMs === 0 ? `unable to lock ${file}: ${new SystemError("lock", file, "EBUSY").reason}` : `lock ${file}: timed out`);
  }

  #openToRead(file: string): number {
    const sys = this.#sys;
    try {
      return sys.open(file, O_RDONLY | O_NONBLOCK);
    } catch (error) {
      if (!(error instanceof SystemError && error.code === "ENOENT")) return unableTo(`open ${file} for reading`, () => { throw error; });
      sys.closeFd(unableTo(`create ${file}`, () => sys.open(file, O_WRONLY | O_CREAT | O_NONBLOCK)));
      return unableTo(`open ${file} for reading`, () => sys.open(file, O_RDONLY | O_NONBLOCK));
    }
  }

  /** Node itself has taken some numbers that were free at the start. */
  #lowestFree(): number {
    for (let fd = 0; ; fd++) if (!this.#sys.wasOpen(fd) && !this.#keep.includes(fd)) return fd;
  }

  #moveTo(from: number, to: number): void {
    const sys = this.#sys;
    // Our own soft limit is higher than the one that counts.
    const isTooHigh = to > INT_MAX || BigInt(to) >= sys.limitOf("NOFILE").soft;
    if (isTooHigh) throw new ExitError(111, `unable to move descriptor to ${to}: ${new SystemError("dup2", undefined, "EBADF").reason}`);
    this.#keep.push(to);
    if (from === to) return;
    if (sys.isOpen(to)) this.#displaced.push([sys.dupFd(to, 0), to]);
    unableTo(`move descriptor to ${to}`, () => sys.dupOnto(from, to));
    sys.closeFd(from);
  }
}
