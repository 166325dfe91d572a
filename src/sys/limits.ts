import { readFileSync } from "node:fs";
import { addon } from "./addon.ts";
import { check } from "./errors.ts";

/** Resource limits of processes. Numbers are the kernel's. */
export const RESOURCES = {
  CPU: 0, FSIZE: 1, DATA: 2, STACK: 3, CORE: 4, RSS: 5, NPROC: 6, NOFILE: 7, MEMLOCK: 8, AS: 9, RTPRIO: 14,
} as const;

export type ResourceName = keyof typeof RESOURCES;

export interface Limit {
  readonly resource: number;
  readonly soft: bigint;
  readonly hard: bigint;
}

export const UNLIMITED = 2n ** 64n - 1n;

/** Of this process. What Node has raised, its programs get back. */
export function limitOf(name: ResourceName): Limit {
  const resource = RESOURCES[name];
  const out = new BigUint64Array(2);
  check(addon.getLimit(resource, out), "getrlimit");
  const [soft = 0n, hard = 0n] = out;
  if (name !== "NOFILE") return { resource, soft, hard };
  const given = addon.childNofile();
  return { resource, soft: given < 0 ? soft : BigInt(given), hard };
}

/** Of this process. @throws SystemError */
export const setLimit = ({ resource, soft, hard }: Limit): void =>
  void check(addon.setLimit(resource, BigUint64Array.of(soft, hard)), "setrlimit");

const CAP_SYS_RESOURCE = 24n;

/** May this process raise hard limits? */
export function mayRaiseLimits(): boolean {
  const [, capabilities = "0"] = /^CapEff:\t([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1")) ?? [];
  return ((BigInt(`0x${capabilities}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}
