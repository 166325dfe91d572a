import { constants } from "node:fs";
import { CredentialOptions } from "../cli/credential-options.ts";
import { ExitError, unableTo } from "../cli/failures.ts";
import { parseEnvfile } from "../execline/envfile.ts";
import { bytesOf } from "../formats/bytes.ts";
import type { HelperWish } from "../sys/helper.ts";
import type { Limit, ResourceName } from "../sys/limits.ts";
import { AT_FDCWD } from "../sys/files.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import { importedValue, importLimit, isVariable } from "./envdir.ts";
import { compileChild } from "./compile.ts";
import { connectTo } from "./ipcclient.ts";
import { Descriptors } from "./descriptors.ts";
import { Environment } from "./environment.ts";
import { getPositionalOptions } from "./elgetopt.ts";
import { accountVariables } from "./envuidgid.ts";
import type { ImportRules, LimitMode, Link, LockRules, Operation, RedirectRules, SessionRules } from "./operation.ts";
import { readAll, readFileOf } from "./read-all.ts";
import { redirectFlags } from "./redirect.ts";
import { shiftPositionals } from "./shift.ts";
import { changedLimit } from "./softlimit.ts";
import { openSocket } from "./socketbinder.ts";
import type { Speech } from "./speech.ts";
import { changeStack } from "./stack.ts";
import { COMPILED_PROGRAMS } from "./script-programs.ts";

const { O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/**
 * Applies operations to this process, one after the other. What Node needs itself until the end, or can't live with, comes
 * with the exec: the environment, and lowered limits.
 */
export class Execution {
  readonly environment: Environment;
  readonly descriptors: Descriptors;
  readonly #sys: Sys;
  readonly #limits = new Map<ResourceName, Limit>();

  constructor(sys: Sys) {
    this.#sys = sys;
    this.environment = new Environment(sys.environment());
    this.descriptors = new Descriptors(sys, () => this.#limitOf("NOFILE").soft);
  }

  /** @throws ExitError, SystemError */
  apply(operation: Operation, speech: Speech): void {
    const { descriptors, environment } = this;
    switch (operation.type) {
      case "set": return this.#setVariables(operation.variables);
      case "clear": return environment.clear(operation.keep);
      case "stack": return changeStack(environment, operation);
      case "shift": return shiftPositionals(environment, operation, speech);
      case "getopt": return getPositionalOptions(environment, operation, speech);
      case "envfile": return this.#readEnvfile(operation.file, operation.mayBeMissing);
      case "import": return this.#import(operation.directory, operation.rules);
      case "account": return this.#setVariables(accountVariables(operation.account, operation.rules, this.#sys));
      case "credentials": return this.#applyCredentials(operation.options);
      case "limit": return this.#limit(operation.resources, operation.mode, operation.value);
      case "session": return this.#startSession(operation.rules, speech);
      case "lock": return this.#lock(operation.file, operation.rules);
      case "directory": return unableTo(`chdir to ${operation.path}`, () => this.#sys.chdirBytes(bytesOf(operation.path)));
      case "umask": this.#sys.umask(operation.mask); return;
      case "move": return this.#move(operation.from, operation.to, operation.copy);
      case "close": return descriptors.close(operation.fd);
      case "swap": return this.#swap(operation.fds);
      case "block": return this.#setBlocking(operation.fd, operation.nonblocking);
      case "redirect": return this.#redirect(operation.fd, operation.file, operation.rules);
      case "socket": return openSocket(operation, descriptors, this.#sys);
      case "pipe": return this.#pipe(operation.readEnd, operation.writeEnd);
      case "connect": return connectTo(operation.path, operation.rules, { sys: this.#sys, descriptors, environment }, speech);
    }
  }

  /** Becomes the program; `path`: the PATH that counts. Only comes back, with what is to be said, when that fails. */
  become(argv: readonly string[], path: string | undefined, file = argv[0] ?? "", environment = this.environment): ExitError {
    const { exitCode, error } = this.#sys.execChain({
      file, argv, path, environment: environment.entries(), descriptors: this.descriptors.open, limits: [...this.#limits.values()],
    });
    return new ExitError(exitCode, `unable to exec ${file}: ${error.reason}`, { cause: error });
  }

  /**
   * Starts a chain in a child. What programs of ours at its head change, the child changes itself. `moves`: number in the child
   * → descriptor of ours. @throws SystemError
   */
  spawn(argv: readonly string[], environment: Environment, moves: ReadonlyMap<number, number>, isOrphan: boolean, isOwn: boolean): ReturnType<Sys["spawnChain"]> {
    this.#giveClosedBack();
    const setting = { sys: this.#sys, dirFd: AT_FDCWD, environment: environment.texts(), programs: COMPILED_PROGRAMS, parsed: new Map<string, Link>() };
    const { steps, ...chain } = compileChild(argv, this.environment.get("PATH"), isOwn, setting);
    const limits = Array.from(this.#limits.values(), ({ resource, soft, hard }) => ({ step: { type: "limits", resource, soft, hard } as const, image: -1 }));
    const descriptors = new Map([...this.descriptors.open.map((fd) => [fd, fd] as const), ...moves]);
    return this.#sys.spawnChain({ ...chain, steps: [...limits, ...steps] }, descriptors, isOrphan);
  }

  /** Starts the helper of a program of ours, which has what the rest of the chain will have, and `descriptors` of ours. @throws SystemError */
  startHelper(program: string, { descriptors, words, isOrphan }: Omit<HelperWish, "program" | "chain">): void {
    this.#giveClosedBack();
    this.#sys.startHelper({ program, descriptors, words, isOrphan, chain: { descriptors: this.descriptors.open, environment: this.environment.entries() } });
  }

  /** A number that was inherited, and that the chain has closed, may be something of ours now: no child gets that. */
  #giveClosedBack(): void {
    const closed = this.#sys.bornWith().filter((fd) => fd > 2 && !this.descriptors.isOpen(fd));
    if (closed.length > 0) this.#sys.takeOver({ descriptors: closed, signals: [] });
  }

  /** There will be no exec: Node gets its descriptors back for its end. */
  giveUp(): void {
    this.descriptors.giveBack();
  }

  #setVariables(variables: Iterable<readonly [name: string, value: string | undefined]>): void {
    for (const [name, value] of variables) this.environment.set(name, value);
  }

  #move(from: number, to: number, copy: boolean): void {
    const { descriptors } = this;
    if (!copy && from === to) return; // even one that is not open
    unableTo(`move fd ${from} to fd ${to}`, () => {
      if (from === to) throw new SystemError("fcntl", undefined, "EINVAL");
      descriptors.copy(from, to);
      if (!copy) descriptors.close(from);
    });
  }

  #swap([one, other]: readonly [number, number]): void {
    const { descriptors } = this;
    if (one === other) return;
    unableTo("swap fds", () => {
      descriptors.require(one);
      descriptors.requireFree(1);
      // C has its copy there by now.
      if (other === descriptors.lowestFree()) throw new SystemError("fcntl", undefined, "EINVAL");
      descriptors.require(other);
      const kept = this.#sys.dupFd(one);
      descriptors.copy(other, one);
      descriptors.place(kept, other);
    });
  }

  #setBlocking(fd: number, nonblocking: boolean): void {
    unableTo(nonblocking ? "ndelay_on" : "ndelay_off", () => {
      this.descriptors.require(fd);
      this.#sys.setNonblock(fd, nonblocking);
    });
  }

  #redirect(target: number | { readonly variable: string }, file: string, rules: RedirectRules): void {
    const { descriptors } = this;
    unableTo(`open ${file}`, () => descriptors.requireFree(1));
    const opened = this.#open(file, redirectFlags(rules));
    if (rules.changesBlocking) unableTo("change blocking mode", () => this.#sys.setNonblock(opened, !rules.nonblocking));
    const free = descriptors.lowestFree();
    const fd = typeof target === "number" ? target : free;
    unableTo(`move fd ${free} to fd ${fd}`, () => descriptors.place(opened, fd));
    if (typeof target !== "number") this.environment.set(target.variable, String(fd));
  }

  #open(file: string, flags: number): number {
    const sys = this.#sys;
    const path = bytesOf(file);
    try {
      return sys.open(path, flags);
    } catch (error) {
      if (!(error instanceof SystemError && error.code === "ENXIO" && (flags & O_WRONLY) !== 0)) return unableTo(`open ${file}`, () => { throw error; });
    }
    // A FIFO that nobody reads: we do, until it is open.
    const reader = unableTo(`open_read ${file}`, () => sys.open(path, O_RDONLY | O_NONBLOCK));
    try {
      return unableTo(`open ${file}`, () => sys.open(path, flags));
    } finally {
      sys.closeFd(reader);
    }
  }

  #pipe(readEnd: number, writeEnd: number): void {
    const { descriptors } = this;
    const sys = this.#sys;
    unableTo("create pipe", () => descriptors.requireFree(2));
    unableTo("move fds", () => {
      descriptors.requirePlace(readEnd);
      descriptors.requirePlace(writeEnd);
      const [readFrom, writeTo] = sys.pipe();
      const copy = sys.dupFd(writeTo);
      // The one that does not stand where the read end goes.
      const [kept, other] = writeTo === readEnd ? [copy, writeTo] : [writeTo, copy];
      sys.closeFd(other);
      descriptors.place(readFrom, readEnd);
      descriptors.place(kept, writeEnd);
    });
  }

  #readEnvfile(file: string, mayBeMissing: boolean): void {
    const isStdin = file === "-";
    const name = isStdin ? "standard input" : file;
    const content = isStdin ? this.#readStdin() : readFileOf(this.#sys, file, { open: `open ${file}`, read: `read from ${file}` }, mayBeMissing);
    if (content === undefined) return;
    const parsed = parseEnvfile(Buffer.from(content).toString("latin1"));
    if ("badLine" in parsed) throw new ExitError(1, `in ${name}: syntax error line ${parsed.badLine}`);
    this.#setVariables(parsed.variables);
  }

  #readStdin(): Uint8Array {
    return unableTo("read from standard input", () => {
      this.descriptors.require(0);
      return readAll(this.#sys, 0);
    });
  }

  #limitOf(name: ResourceName): Limit {
    return this.#limits.get(name) ?? this.#sys.limitOf(name);
  }

  #import(directory: string, rules: ImportRules): void {
    try {
      if (rules.nullText === "") throw new SystemError("envdir", directory, "EINVAL");
      const files = this.#sys.readFilesOf(bytesOf(directory), isVariable, importLimit(rules));
      this.#setVariables(files.map(({ name, content }) => [name, importedValue(content, rules)] as const));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code === "ENOENT" && rules.mayBeMissing) return;
      throw new ExitError(111, `unable to envdir ${directory}: ${error.reason}`, { cause: error });
    }
  }

  #applyCredentials(options: Extract<Operation, { type: "credentials" }>["options"]): void {
    const wanted = new CredentialOptions((name) => this.environment.get(name)).takeAll(options);
    try {
      this.#sys.applyOwnCredentials(wanted);
    } catch (error) {
      if (error instanceof SystemError) throw new ExitError(111, `unable to ${error.syscall}: ${error.reason}`, { cause: error });
      throw error;
    }
  }

  /** A lowered limit would hit Node itself; that can't fail, and waits for the exec. */
  #limit(resources: readonly ResourceName[], mode: LimitMode, value: bigint | "most"): void {
    for (const name of resources) {
      const real = this.#sys.limitOf(name);
      const now = this.#limitOf(name);
      const next = changedLimit(now, mode, value);
      unableTo("setrlimit", () => {
        // EINVAL; and the number of processes counts when the user changes, too: Node needs no more of them.
        if (next.soft > next.hard || name === "NPROC") this.#sys.setLimit(next);
        else if (next.hard > real.hard) this.#sys.setLimit({ ...next, soft: real.hard });
        else if (next.hard > now.hard && !this.#sys.mayRaiseLimits()) throw new SystemError("setrlimit", undefined, "EPERM");
      });
      this.#limits.set(name, next);
    }
  }

  #startSession({ group, foreground, grab, onFailure, terminal }: SessionRules, { warn }: Speech): void {
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

  #lock(file: string, { isShared, waitMs, fd = this.descriptors.lowestFree() }: LockRules): void {
    const sys = this.#sys;
    const path = bytesOf(file);
    const opened = isShared ? this.#openToRead(file) : unableTo(`open ${file} for writing`, () => sys.open(path, O_WRONLY | O_CREAT | O_NONBLOCK));
    unableTo(`move descriptor to ${fd}`, () => this.descriptors.place(opened, fd));
    // Not before it has its number: closing the other one would drop the lock.
    if (unableTo(`lock ${file}`, () => sys.lockRecord(fd, isShared, waitMs))) return;
    throw new ExitError(1, waitMs === 0 ? `unable to lock ${file}: ${new SystemError("lock", file, "EBUSY").reason}` : `lock ${file}: timed out`);
  }

  #openToRead(file: string): number {
    const sys = this.#sys;
    const path = bytesOf(file);
    try {
      return sys.open(path, O_RDONLY | O_NONBLOCK);
    } catch (error) {
      if (!(error instanceof SystemError && error.code === "ENOENT")) return unableTo(`open ${file} for reading`, () => { throw error; });
      sys.closeFd(unableTo(`create ${file}`, () => sys.open(path, O_WRONLY | O_CREAT | O_NONBLOCK)));
      return unableTo(`open ${file} for reading`, () => sys.open(path, O_RDONLY | O_NONBLOCK));
    }
  }
}
