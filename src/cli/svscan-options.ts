import { launch } from "../sys/launch.ts";
import type { Sys } from "../sys/sys.ts";
import { ExitError } from "./failures.ts";
import { parseNumber } from "./options.ts";

/** What s6-svscan takes, and whoever becomes it. */
export const LIMITS = {
  services: { least: 4, most: 160_000, usual: 1000 },
  name: { least: 11, most: 1019, usual: 251 },
} as const;
const WORKERS_MAX = 64;

export const clamp = (value: number, { least, most }: { readonly least: number; readonly most: number }): number =>
  Math.min(Math.max(value, least), most);

export function descriptor(option: string, text: string): number {
  const fd = parseNumber(text, option);
  if (fd < 3) throw new ExitError(100, `${option} must be 3 or more`);
  return fd;
}

export function workers(text: string): number | "auto" {
  const count = parseNumber(text, "workers");
  if (count > WORKERS_MAX) throw new ExitError(100, `workers must be ${WORKERS_MAX} or less`);
  return count === 0 ? "auto" : count;
}

/** Node has descriptors of its own: only what the process was born with can be meant. */
export function requireOpen(sys: Sys, purpose: string, fd: number | undefined): void {
  if (fd === undefined) return;
  const isOpen = launch.softNofile === undefined ? sys.isOpen(fd) : launch.inherited.includes(fd);
  if (!isOpen) throw new ExitError(100, `invalid ${purpose} fd: ${fd} is not open`);
}
