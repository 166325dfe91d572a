/** A mounted file system, as /proc/self/mountinfo tells it (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly point: string;
  readonly isReadOnly: boolean;
  readonly isNoexec: boolean;
}

/** That which `path`, absolute and without links, lies on: the last one of those whose points are the longest. */
export function mountOf(mountinfo: string, path: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mountinfo.split("\n")) {
    const [, , , , escaped = "", options = "", ...rest] = line.split(" ");
    const point = unescapeOctal(escaped);
    if (!contains(point, path) || point.length < (found?.point.length ?? 0)) continue;
    const ofMount = options.split(",");
    const ofFileSystem = (rest[rest.indexOf("-") + 3] ?? "").split(",");
    found = {
      point,
      isReadOnly: ofMount.includes("ro") || ofFileSystem.includes("ro"),
      isNoexec: ofMount.includes("noexec"),
    };
  }
  return found;
}

const contains = (point: string, path: string): boolean =>
  point === "/" || (point !== "" && (path === point || path.startsWith(`${point}/`)));

/** Blanks and the like in names. */
const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
