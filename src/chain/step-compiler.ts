import { CredentialOptions } from "../cli/credential-options.ts";
import { parseEnvfile } from "../execline/envfile.ts";
import { bytesOf } from "../formats/bytes.ts";
import type { Step } from "../sys/compiled-chain.ts";
import { groupList } from "../sys/credentials.ts";
import { RESOURCES } from "../sys/limits.ts";
import type { Person } from "../sys/rights.ts";
import type { Sys } from "../sys/sys.ts";
import { SystemError } from "../sys/system-error.ts";
import type { Environment } from "./environment.ts";
import { getPositionalOptions } from "./elgetopt.ts";
import { accountVariables } from "./envuidgid.ts";
import { importedValue, importLimit, isVariable } from "./envdir.ts";
import type { ImportRules, Operation } from "./operation.ts";
import { redirectFlags } from "./redirect.ts";
import { shiftPositionals } from "./shift.ts";
import type { Speech } from "./speech.ts";
import { changeStack } from "./stack.ts";

/** Why a program can't be compiled, this time or ever: it runs as itself. */
export class Decline extends Error {
  override readonly name = "Decline";
}

const saysSomething = (): never => {
  throw new Decline("it has something to say");
};
const NOTHING_TO_SAY: Speech = { warn: saysSomething, say: saysSomething };

/** The user, the directory, files, descriptors; or it may fail or wait, and then there is nothing to be decided. */
const CHANGES_SURROUNDINGS: Readonly<Record<Operation["type"], boolean>> = {
  set: false, clear: false, stack: false, shift: false, getopt: false, envfile: false, import: false, account: false, umask: false,
  credentials: true, limit: true, session: true, lock: true, directory: true, move: true, close: true, swap: true, block: true, redirect: true,
  pipe: true, socket: true, connect: true,
};

/** The calls that it needs. */
export type CompilerSys = Pick<
  Sys,
  "areAccountsLocal" | "getegid" | "geteuid" | "groupByName" | "groupsOf" | "mayRead" | "readFileIfPresent" | "readPlainFilesOf" | "statIfPresent" | "userByName"
>;

/**
 * Operations become steps of a child that does not exist yet. What it will find is known in advance: its environment is
 * made here, and files are read here, if they are the same that it would read, and with its rights.
 */
export class StepCompiler {
  readonly #sys: CompilerSys;
  readonly #dirFd: number;
  readonly environment: Environment;
  /** Where it will be, seen from #dirFd. */
  #directory = "";
  /** Who it will be; undefined: who we are. */
  #person: Person | undefined;
  #gid: number;
  /** It will have made or emptied files. */
  #changesFiles = false;
  #isAsBegun = true;

  constructor(sys: CompilerSys, dirFd: number, environment: Environment) {
    this.#sys = sys;
    this.#dirFd = dirFd;
    this.environment = environment;
    this.#gid = sys.getegid();
  }

  /** Of what a decider sees, nothing but the environment will be another than it is now. */
  get isAsBegun(): boolean {
    return this.#isAsBegun;
  }

  /** @throws Decline, ExitError, UsageError, SystemError: all of them mean that the program runs as itself */
  steps(operation: Operation): readonly Step[] {
    this.#isAsBegun &&= !CHANGES_SURROUNDINGS[operation.type];
    switch (operation.type) {
      case "set": return this.#set(operation.variables);
      case "clear": this.environment.clear(operation.keep); return [];
      case "stack": changeStack(this.environment, operation); return [];
      case "shift": shiftPositionals(this.environment, operation, NOTHING_TO_SAY); return [];
      case "getopt": getPositionalOptions(this.environment, operation, NOTHING_TO_SAY); return [];
      case "envfile": return this.#envfile(operation.file, operation.mayBeMissing);
      case "import": return this.#import(operation.directory, operation.rules);
      case "account":
        if (!this.#sys.areAccountsLocal()) throw new Decline("accounts may have to be asked for elsewhere");
        return this.#set(accountVariables(operation.account, operation.rules, this.#sys));
      case "credentials": return this.#credentials(operation.options);
      case "limit": return this.#limits(operation);
      case "session":
        if (operation.rules.foreground) throw new Decline("it takes a terminal");
        return [{ type: operation.rules.group ? "group" : "session" }];
      case "lock":
        this.#changesFiles = true;
        return [{ type: "lock", file: operation.file, fd: operation.rules.fd, isShared: operation.rules.isShared }];
      case "directory": return this.#enter(operation.path);
      case "umask": return [operation];
      case "move": return [operation];
      case "close": return [operation];
      case "swap": return [{ type: "swap", one: operation.fds[0], other: operation.fds[1] }];
      case "block": return [operation];
      case "redirect": {
        const { fd, file, rules } = operation;
        if (typeof fd !== "number") throw new Decline("the number of its descriptor is not known before");
        this.#changesFiles ||= rules.creates || rules.truncates;
        return [{ type: "open", fd, file, flags: redirectFlags(rules), blocks: rules.nonblocking === rules.changesBlocking }];
      }
      case "pipe": return [operation];
      case "connect": throw new Decline("it waits for a server");
      case "socket": {
        const { path, rules } = operation;
        if (rules.isDatagram && rules.backlog > 0) throw new Decline("nobody can listen there");
        this.#changesFiles = true;
        return [{ ...rules, type: "socket", path }];
      }
    }
  }

  #set(variables: Iterable<readonly [name: string, value: string | undefined]>): readonly Step[] {
    for (const [name, value] of variables) this.environment.set(name, value);
    return [];
  }

  #limits({ resources, mode, value }: Extract<Operation, { type: "limit" }>): readonly Step[] {
    return resources.map((name) => ({ type: "limit", resource: RESOURCES[name], mode, value: value === "most" ? undefined : value }));
  }

  #credentials(options: Extract<Operation, { type: "credentials" }>["options"]): readonly Step[] {
    const { uid, gid, groups } = new CredentialOptions((name) => this.environment.get(name)).takeAll(options);
    const steps: Step[] = [];
    const list = groups === undefined ? undefined : groupList(gid === 0 ? this.#gid : gid, groups);
    if (list !== undefined) steps.push({ type: "groups", groups: list });
    if (gid !== 0) steps.push({ type: "gid", gid });
    if (uid !== 0) steps.push({ type: "uid", uid });
    if (gid !== 0) this.#gid = gid;
    if (uid !== 0 || this.#person !== undefined) {
      this.#person = { uid: uid === 0 ? (this.#person?.uid ?? uid) : uid, gid: this.#gid, groups: list ?? this.#person?.groups ?? [] };
    }
    return steps;
  }

  #enter(path: string): readonly Step[] {
    this.#directory = this.#at(path);
    return [{ type: "chdir", path }];
  }

  #import(directory: string, rules: ImportRules): readonly Step[] {
    if (rules.nullText === "") throw new Decline("its options are wrong");
    this.#mustBeReadable(directory);
    try {
      const files = this.#sys.readPlainFilesOf(bytesOf(this.#pathOf(directory)), isVariable, importLimit(rules));
      this.#mustBePermitted(directory, files.map(({ name }) => name));
      return this.#set(files.map(({ name, content }) => [name, importedValue(content, rules)] as const));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code === "ENOENT" && rules.mayBeMissing) return [];
      throw new Decline(`it can't read ${directory}: ${error.reason}`, { cause: error });
    }
  }

  #envfile(file: string, mayBeMissing: boolean): readonly Step[] {
    if (file === "-") throw new Decline("it reads stdin");
    this.#mustBeReadable(file);
    const path = bytesOf(this.#pathOf(file));
    const found = this.#sys.statIfPresent(path);
    if (found !== undefined && !found.isFile) throw new Decline(`${file} is no plain file`);
    const content = this.#sys.readFileIfPresent(path);
    if (content === undefined && mayBeMissing) return [];
    const parsed = content === undefined ? undefined : parseEnvfile(Buffer.from(content).toString("latin1"));
    if (parsed === undefined || "badLine" in parsed) throw new Decline(`it can't read ${file}`);
    this.#mustBePermitted(file, []);
    return this.#set(parsed.variables);
  }

  #mustBeReadable(path: string): void {
    if (path === "") throw new Decline("its operand is empty");
    if (this.#changesFiles) throw new Decline("what it reads may have been changed by a program before it");
  }

  #mustBePermitted(path: string, names: readonly string[]): void {
    if (this.#person === undefined || this.#sys.geteuid() !== 0) return;
    if (!this.#sys.mayRead(this.#dirFd, this.#at(path), names, this.#person)) throw new Decline(`${path} may not be readable for its user`);
  }

  #at(path: string): string {
    return path.startsWith("/") || this.#directory === "" ? path : `${this.#directory}/${path}`;
  }

  #pathOf(path: string): string {
    const whole = this.#at(path);
    return whole.startsWith("/") || this.#dirFd < 0 ? whole : `/proc/self/fd/${this.#dirFd}/${whole}`;
  }
}

