/** Names as syslog gives them (glibc's tables, the first of each number). */
const FACILITIES: readonly string[] = [
  "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
  "unknown", "unknown", "unknown", "unknown",
  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7", "mark",
];
const PRIORITIES: readonly string[] = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];

/** `daemon.info` for 30. */
export const syslogName = (code: number): string => `${FACILITIES[(code >> 3) & 127] ?? "unknown"}.${PRIORITIES[code & 7] ?? ""}`;
