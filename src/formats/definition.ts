/** The files of a service directory that say what the service is (s6 documentation, servicedir); pidfile and flag-census are ours. */
export const DEFINITION_FILES = [
  "run", "finish", "notification-fd", "lock-fd", "timeout-kill", "timeout-finish", "max-death-tally", "down-signal",
  "reload-signal", "pidfile", "flag-newpidns", "flag-timeout-killpg", "flag-census",
] as const;
export type DefinitionFile = (typeof DEFINITION_FILES)[number];

/**
 * Digest of each that is there, 16 hexadecimal digits (FNV-1a, 64 bits): of its content, or above 64 KiB of its size and the
 * time of its last change.
 */
export type Definition = { readonly [Name in DefinitionFile]?: string };

/** What is different: `run changed`, `finish was added`. */
export function differencesBetween(before: Definition, after: Definition): string[] {
  return DEFINITION_FILES.flatMap((name) => {
    const [old, fresh] = [before[name], after[name]];
    if (old === fresh) return [];
    return [`${name} ${old === undefined ? "was added" : fresh === undefined ? "was removed" : "changed"}`];
  });
}
