/**
 * The environment of a privileged command: s6-sudod's own, in which a variable that is set but empty takes the client's value.
 * Nothing else of the client's counts. Of variables that stand twice, the first of ours is looked at, and of the client's the
 * first that is not empty counts, as in s6. Byte strings NAME=VALUE.
 */
export function mergedEnvironment(own: readonly string[], client: readonly string[]): readonly string[] {
  const merged = [...own];
  /** Where those are that may be set, by NAME=; a name that stands there with a value, or has got one, is out. */
  const open = new Map<string, number>();
  const seen = new Set<string>();
  for (const [index, entry] of own.entries()) {
    const head = headOf(entry);
    if (head === "" || seen.has(head)) continue;
    seen.add(head);
    if (head.length === entry.length) open.set(head, index);
  }
  for (const entry of client) {
    const head = headOf(entry);
    const index = head === "" ? undefined : open.get(head);
    if (index === undefined || head.length === entry.length) continue;
    merged[index] = entry;
    open.delete(head);
  }
  return merged;
}

/** NAME=; "" for what is no variable. */
const headOf = (entry: string): string => entry.slice(0, entry.indexOf("=") + 1);
