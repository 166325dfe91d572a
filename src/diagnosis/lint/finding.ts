/** What s6-lint can find. The ids are stable: scripts and people refer to them. docs/programs/s6-lint.md tells of each. */
export type Level = "error" | "warning" | "info";

export const RULES = {
  "run-missing": "error",
  "exec-dangling": "error",
  "exec-wrong-kind": "error",
  "exec-noexec": "error",
  "exec-mode": "error",
  "exec-empty": "error",
  "exec-no-shebang": "error",
  "exec-crlf": "error",
  "exec-interpreter": "error",
  "exec-machine": "error",
  "env-arguments": "info",
  "run-forks": "warning",
  "logger-deaf": "warning",
  "value-invalid": "warning",
  "value-range": "warning",
  "value-unreadable": "warning",
  "descriptor-invalid": "error",
  "descriptor-standard": "warning",
  "descriptor-clash": "error",
  "pidfile-invalid": "warning",
  "pidfile-notification": "info",
  "misspelt": "warning",
  "obsolete": "info",
  "down": "info",
  "log-kind": "warning",
  "log-nested": "warning",
  "control-kind": "error",
  "supervise-kind": "error",
  "read-only": "warning",
  "writable-by-others": "error",
  "link-dangling": "warning",
  "name-too-long": "error",
  "service-twice": "warning",
} as const satisfies Record<string, Level>;
export type RuleId = keyof typeof RULES;

export interface Finding {
  readonly path: string;
  readonly level: Level;
  readonly id: RuleId;
  readonly text: string;
}

export const finding = (path: string, id: RuleId, text: string): Finding => ({ path, level: RULES[id], id, text });

/** The exit code for CI: 2 with an error, 1 with a warning, 0 otherwise. */
export function verdict(levels: Iterable<Level>): 0 | 1 | 2 {
  let worst: 0 | 1 | 2 = 0;
  for (const level of levels) {
    if (level === "error") return 2;
    if (level === "warning") worst = 1;
  }
  return worst;
}
