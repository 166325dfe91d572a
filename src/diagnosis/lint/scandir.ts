import { type Finding, finding } from "./finding.ts";

/** What a scan directory looks like. */
export interface ScandirFacts {
  readonly path: string;
  readonly entries: readonly ScanEntry[];
  /** Names of services may have so many bytes (s6-svscan -L). */
  readonly nameBytesMax: number;
}

export interface ScanEntry {
  readonly name: string;
  readonly bytes: number;
  readonly kind: "directory" | "link to nothing" | "other";
  /** Which directory it is, whatever its name. */
  readonly identity: string;
}

export function lintScandir({ path, entries, nameBytesMax }: ScandirFacts): Finding[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ name, bytes, kind, identity }) => {
    const where = `${path}/${name}`;
    if (kind === "link to nothing") return [finding(where, "link-dangling", "it is a link to nothing: s6-svscan complains about it at each scan")];
    if (kind !== "directory") return [];
    if (bytes > nameBytesMax) return [finding(where, "name-too-long", `its name has ${bytes} bytes: s6-svscan starts no service whose name has more than ${nameBytesMax}`)];
    const twin = first.get(identity);
    if (twin !== undefined) return [finding(where, "service-twice", `it is the same directory as ${twin}: they are one service, under one of the two names`)];
    first.set(identity, name);
    return [];
  });
}
