import { parseUint } from "./uint.ts";

/** An IP address, 4 bytes or 16, and a port. */
export interface IpAddress {
  readonly address: Uint8Array;
  readonly port: number;
}

const PORT_MAX = 65_535;
const V4_BYTES = 4;
const V6_GROUPS = 8;

/** `IP`, `IP_PORT`, or `IP:PORT` where the address is one of IPv4; undefined for anything else. */
export function parseIpPort(text: string, usualPort: number): IpAddress | undefined {
  const [, ip = "", portText] = /^([^_]*)_(.*)$/.exec(text) ?? /^([0-9]+\.[0-9.]*):(.*)$/.exec(text) ?? ["", text];
  const address = parseIp(ip);
  const port = portText === undefined ? usualPort : parseUint(portText);
  return address === undefined || port === undefined || port > PORT_MAX ? undefined : { address, port };
}

/** `127.0.0.1_514` */
export const formatIpPort = ({ address, port }: IpAddress): string => `${formatIp(address)}_${port}`;

export const parseIp = (text: string): Uint8Array | undefined => (text.includes(":") ? parseV6(text) : parseV4(text));

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split(".").map((part) => parseUint(part) ?? 256);
  return parts.length === V4_BYTES && parts.every((part) => part < 256) ? Uint8Array.from(parts) : undefined;
}

function parseV6(text: string): Uint8Array | undefined {
  const [left = "", right, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const groupsOf = (side: string): string[] => (side === "" ? [] : side.split(":"));
  const [before, after] = [groupsOf(left), groupsOf(right ?? "")];
  const missing = V6_GROUPS - before.length - after.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => "0"), ...after];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]));
}

/** IPv6 as RFC 5952 wants it: the longest run of zeros is left out, the first of those that are as long. */
export function formatIp(address: Uint8Array): string {
  if (address.length === V4_BYTES) return address.join(".");
  const groups = Array.from({ length: V6_GROUPS }, (_, index) => (((address[2 * index] ?? 0) << 8) | (address[2 * index + 1] ?? 0)).toString(16));
  const text = groups.join(":");
  const runs = [...text.matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), "");
  const run = runs.find(([found]) => found === longest);
  if (run === undefined) return text;
  return `${text.slice(0, run.index).replace(/:$/, "")}::${text.slice(run.index + longest.length).replace(/^:/, "")}`;
}
