export interface CdRequest {
  /** "-": where we were before. undefined: home. */
  readonly operand: string | undefined;
  /** -P: links are followed at once; -L goes by names. */
  readonly isPhysical: boolean;
  readonly env: Readonly<Partial<Record<"HOME" | "OLDPWD" | "CDPATH" | "PWD", string>>>;
  /** As getcwd(2) tells it. */
  readonly cwd: string;
}

export type CdDecision =
  | {
      readonly type: "go";
      /** For chdir(2). */
      readonly directory: string;
      /** What an error message calls it. */
      readonly named: string;
      /** What PWD becomes, and what is printed, if `prints`; "physical" is what getcwd(2) tells then. */
      readonly pwd: Place;
      readonly prints: Place | undefined;
      readonly oldPwd: string;
    }
  /** There is no home, or no place where we were before, or the operand is empty. */
  | { readonly type: "usage" }
  /** In `path` a ".." follows something that is no directory. */
  | { readonly type: "broken"; readonly path: string; readonly component: string };

export type Place = { readonly name: string } | "physical";

/**
 * Where posix-cd goes (POSIX, cd; execline documentation, posix-cd). The candidates are tried in their order; where none
 * is a directory the last one is what chdir(2) may explain. As with C's program,
 * the operand itself is no candidate where CDPATH has a say, and what OLDPWD becomes is always physical.
 */
export function decideCd({ operand, isPhysical, env, cwd }: CdRequest, isDirectory: (path: string) => boolean): CdDecision {
  const target = operand === undefined ? env.HOME : operand === "-" ? env.OLDPWD : operand;
  if (target === undefined || target === "") return { type: "usage" };
  const prefixes = prefixesFor(target, env.CDPATH);
  const isTold = operand === "-" || prefixes !== undefined;
  let decision: CdDecision = { type: "usage" };
  for (const prefix of prefixes ?? [""]) {
    const candidate = joined(prefix, target);
    const resolved: Resolved = isPhysical ? { path: candidate } : canonical(joined(env.PWD ?? "", candidate), isDirectory);
    if (resolved.broken !== undefined) {
      decision = { type: "broken", path: resolved.path, component: resolved.broken };
      continue;
    }
    const directory = resolved.path;
    const pwd = !isPhysical && directory.startsWith("/") ? { name: directory } : "physical";
    const prints = !isTold ? undefined : isPhysical ? "physical" : { name: directory };
    decision = { type: "go", directory, named: target, pwd, prints, oldPwd: cwd };
    if (isDirectory(directory)) break;
  }
  return decision;
}

/** Where CDPATH lets the target be looked for; undefined: it has no say. An empty end of it is no place. */
function prefixesFor(target: string, cdpath = ""): readonly string[] | undefined {
  if (cdpath === "" || /^(\/|\.\.?(\/|$))/.test(target)) return undefined;
  return cdpath.replace(/:$/, "").split(":");
}

function joined(prefix: string, path: string): string {
  if (prefix === "" || path.startsWith("/")) return path;
  return prefix.endsWith("/") ? prefix + path : `${prefix}/${path}`;
}

interface Resolved {
  readonly path: string;
  /** What is no directory, though a ".." follows it. */
  readonly broken?: string;
}

/** Without empty parts, "." and "..": by names, but what a ".." follows must be a directory. */
function canonical(path: string, isDirectory: (path: string) => boolean): Resolved {
  const root = path.startsWith("/") ? "/" : "";
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== "..") {
      const component = root + parts.join("/");
      if (!isDirectory(component)) return { path, broken: component };
      parts.pop();
    } else if (root === "") parts.push(part);
  }
  const text = root + parts.join("/");
  return { path: text === "" ? "." : text };
}
