import { ExitError, known, UsageError } from "../cli/failures.ts";
import { parseOptions, parseTimeout } from "../cli/options.ts";
import {
  deleteRequest, expiryDate, ID_BYTES_MAX, isNever, listRequest, packDate, type PackedDate, dateDigits, parseList, quoteId, retrieveRequest, storeRequest,
} from "../formats/fdholder.ts";
import { formatTain, parseTain, type Tain } from "../formats/tain.ts";
import { parseUint } from "../formats/uint.ts";
import { SystemError } from "../sys/system-error.ts";
import { asking, type DumpedFd, FdholderClient } from "./fdholder-client.ts";
import { becomes, type ChainProcess, exits, type Next } from "./process.ts";

/** The clients of an fd-holder (s6 documentation, s6-fdholder-store and so on). */

const STDIN = 0;
const COUNT = "S6_FD#";

/** s6-fdholder-store [ -d fd ] [ -t timeout ] [ -T fdtimeout ] socket id */
export function runStore(args: readonly string[], { sys, descriptors }: ChainProcess): Next {
  const { options, operands: [path, id] } = parseOptions(args, "d:t:T:");
  let [fd, withinMs, lifetimeMs]: [number, number | undefined, number | undefined] = [STDIN, undefined, undefined];
  for (const { name, value } of options) {
    switch (name) {
      case "d": fd = known(parseUint(value)); break;
      case "t": withinMs = parseTimeout(value); break;
      case "T": lifetimeMs = known(parseUint(value)) || undefined; break;
    }
  }
  if (path === undefined || id === undefined) throw new UsageError();
  const date = expiryDate(sys.now(), lifetimeMs);
  const client = FdholderClient.connect(sys, path, withinMs);
  asking(client, "store fd", () => {
    const request = storeRequest(nameable(id), date);
    descriptors.require(fd);
    client.tell(request, [fd]);
  });
  return exits(0);
}

/** s6-fdholder-retrieve [ -D ] [ -t timeout ] socket id prog... */
export function runRetrieve(args: readonly string[], { sys, descriptors }: ChainProcess): Next {
  const { options, operands: [path, id, ...prog] } = parseOptions(args, "Dt:");
  let [deletes, withinMs]: [boolean, number | undefined] = [false, undefined];
  for (const { name, value } of options) {
    if (name === "D") deletes = true;
    else withinMs = parseTimeout(value);
  }
  if (path === undefined || id === undefined || prog.length === 0) throw new UsageError();
  const client = FdholderClient.connect(sys, path, withinMs);
  const fd = asking(client, `retrieve fd for id ${id}`, () => {
    const { body, fds } = client.ask(retrieveRequest(nameable(id), deletes));
    if (body.length === 1 && fds.length === 1) return fds[0] ?? -1;
    for (const extra of fds) sys.closeFd(extra);
    throw new SystemError("understand", undefined, "EPROTO");
  });
  descriptors.place(fd, STDIN);
  return becomes(prog);
}

/** s6-fdholder-delete [ -t timeout ] socket id */
export function runDelete(args: readonly string[], { sys }: ChainProcess): Next {
  const { withinMs, operands: [path, id] } = timed(args);
  if (path === undefined || id === undefined) throw new UsageError();
  const client = FdholderClient.connect(sys, path, withinMs);
  asking(client, `delete fd for id ${id}`, () => client.tell(deleteRequest(nameable(id))));
  return exits(0);
}

/** s6-fdholder-list [ -t timeout ] socket */
export function runList(args: readonly string[], process: ChainProcess): Next {
  const { withinMs, operands: [path] } = timed(args);
  if (path === undefined) throw new UsageError();
  const client = FdholderClient.connect(process.sys, path, withinMs);
  const ids = asking(client, "get fd list", () => {
    const { body, fds } = client.ask(listRequest());
    const list = fds.length === 0 ? parseList(body) : undefined;
    for (const fd of fds) process.sys.closeFd(fd);
    if (list === undefined) throw new SystemError("understand", undefined, "EPROTO");
    return list;
  });
  process.stdout(ids.map((id) => `${quoteId(id)}\n`).join(""));
  return exits(0);
}

/** s6-fdholder-getdump [ -t timeout ] socket prog... */
export function runGetdump(args: readonly string[], { sys, descriptors, environment }: ChainProcess): Next {
  const { withinMs, operands: [path, ...prog] } = timed(args);
  if (path === undefined || prog.length === 0) throw new UsageError();
  const client = FdholderClient.connect(sys, path, withinMs);
  const dump = asking(client, "get dump", () => client.getDump());
  const now = sys.now();
  environment.set(COUNT, String(dump.length));
  const numbers = descriptors.free(dump.length);
  if (numbers.length < dump.length) throw new ExitError(1, "unable to get dump: Too many open files");
  for (const [index, { fd, id, date }] of dump.entries()) {
    const number = numbers[index] ?? -1;
    descriptors.place(fd, number);
    environment.set(`S6_FD_${index}`, String(number));
    environment.set(`S6_FDID_${index}`, id);
    environment.set(`S6_FDLIMIT_${index}`, isNever(date, now) ? undefined : formatTain(dateDigits(date) as Tain));
  }
  return becomes(prog);
}

/** s6-fdholder-setdump [ -t timeout ] socket */
export function runSetdump(args: readonly string[], process: ChainProcess): Next {
  const { withinMs, operands: [path] } = timed(args);
  if (path === undefined) throw new UsageError();
  const count = numberIn(process, COUNT);
  const client = FdholderClient.connect(process.sys, path, withinMs);
  asking(client, "set dump", () => {
    const dump = describedDump(process, count);
    for (const { fd } of dump) process.descriptors.require(fd);
    client.setDump(dump);
  });
  return exits(0);
}

/** s6-fdholder-transferdump [ -t timeoutfrom:timeoutto ] socketfrom socketto */
export function runTransferdump(args: readonly string[], { sys }: ChainProcess): Next {
  const { options, operands: [from, to] } = parseOptions(args, "t:");
  let [fromMs, toMs]: (number | undefined)[] = [undefined, undefined];
  for (const { value } of options) {
    const [, first = "", second = ""] = known(/^([0-9]+(?=:|$)|(?=:))(?::([0-9]*))?$/.exec(value) ?? undefined);
    fromMs = parseTimeout(first || "0");
    toMs = parseTimeout(second || "0");
  }
  if (from === undefined || to === undefined) throw new UsageError();
  const source = FdholderClient.connect(sys, from, fromMs, "a source");
  const dump = asking(source, "get dump", () => source.getDump());
  const destination = FdholderClient.connect(sys, to, toMs, "a destination");
  asking(destination, "set dump", () => destination.setDump(dump));
  return exits(0);
}

function timed(args: readonly string[]): { readonly withinMs: number | undefined; readonly operands: readonly string[] } {
  const { options, operands } = parseOptions(args, "t:");
  let withinMs: number | undefined;
  for (const { value } of options) withinMs = parseTimeout(value);
  return { withinMs, operands };
}

/** The length of an identifier is one byte. @throws SystemError */
function nameable(id: string): string {
  if (id.length > ID_BYTES_MAX) throw new SystemError("name", undefined, "ENAMETOOLONG");
  return id;
}

/** What s6-fdholder-getdump has put into the environment. @throws ExitError 100 */
function describedDump(process: ChainProcess, count: number): DumpedFd[] {
  const dump: DumpedFd[] = [];
  for (let index = 0; index < count; index++) {
    const fd = numberIn(process, `S6_FD_${index}`);
    const id = variable(process, `S6_FDID_${index}`);
    if (id === "" || id.length > ID_BYTES_MAX) throw invalid(`S6_FDID_${index}`);
    dump.push({ fd, id, date: limitIn(process, `S6_FDLIMIT_${index}`) });
  }
  return dump;
}

function limitIn({ environment, sys }: ChainProcess, name: string): PackedDate {
  const text = environment.get(name);
  if (text === undefined) return expiryDate(sys.now(), undefined);
  const stamp = parseTain(text);
  if (stamp === undefined) throw invalid(name);
  return packDate(stamp);
}

function numberIn(process: ChainProcess, name: string): number {
  const number = parseUint(variable(process, name));
  if (number === undefined) throw invalid(name);
  return number;
}

function variable({ environment }: ChainProcess, name: string): string {
  const value = environment.get(name);
  if (value === undefined) throw new ExitError(100, `${name} not set`);
  return value;
}

const invalid = (name: string): ExitError => new ExitError(100, `invalid $${name}`);
