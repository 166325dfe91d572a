import type { Sys } from "../sys/sys.ts";
import { ExitError, unableTo, UsageError } from "./failures.ts";
import { isScanned } from "./servicedir.ts";

/**
 * An instanced service (s6 documentation, instances): SERVICE/instances/NAME is a copy of SERVICE/template, linked into
 * the scan directory SERVICE/instance.
 */
export interface Instance {
  readonly service: string;
  readonly name: string;
  readonly scandir: string;
  readonly servicedir: string;
}

/** What follows the options. @throws UsageError, ExitError 100 */
export function parseInstance([service, name]: readonly string[]): Instance {
  if (service === undefined || name === undefined) throw new UsageError();
  requireService(service);
  // A slash would lead to places that are no instance of this service.
  if (name === "" || name.startsWith(".") || /[ \t\f\r\n/]/.test(name)) throw new ExitError(100, "invalid instance name");
  return { service, name, scandir: `${service}/instance`, servicedir: `${service}/instances/${name}` };
}

export function requireService(service: string): void {
  if (service === "") throw new ExitError(100, "invalid service path");
}

/** Is there an s6-svscan that runs the instances? @throws ExitError 1 for no, 111 */
export function requireLive(sys: Sys, service: string): void {
  const scandir = `${service}/instance`;
  unableTo(`chdir to ${scandir}`, () => sys.stat(`${scandir}/.`));
  if (!isScanned(sys, scandir)) throw new ExitError(1, `instanced service not running on ${service}`);
}
