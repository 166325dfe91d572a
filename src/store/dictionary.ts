/**
 * Words of records that are stored as one character. The position is the code on disk: append at the end, never
 * insert, never remove. A word that is not here is stored as it is, so a new fact needs no entry to be recorded.
 */
export const DICTIONARY = [
  "fact", "start", "adopt", "gap", "type", "at", "ms", "state", "effects", "snapshot", "context", "from", "to",
  "dropped",
  // effects and their fields
  "writeStatus", "notify", "recordDeath", "spawnRun", "spawnFinish", "kill", "setDeadline", "closeNotification",
  "setDownFile", "nullStdio", "warn", "exit", "status", "letters", "waitStatus", "keep", "exitCode", "signal", "pgid",
  "target", "process", "group", "pid", "atMs", "present", "text",
  // status and context
  "changedAt", "readyAt", "paused", "finishing", "wantedUp", "ready", "last", "stopping", "notifies", "notifying",
  "pidfile", "restartNotBeforeMs", "deadlineMs",
  // facts and their fields
  "supervisor.started", "control.signal", "control.restart", "control.reload", "control.down", "control.downDisable",
  "control.pause", "control.continue", "control.pauseGroup", "control.continueGroup", "control.killGroup",
  "control.once", "control.up", "control.upEnable", "control.exit", "control.onlyOnce", "control.onlyOnceDisable",
  "signal.term", "signal.hup", "signal.quit", "signal.int", "run.spawned", "run.failed", "run.died", "run.forked",
  "run.notified", "notification.closed", "finish.spawned", "finish.absent", "finish.died", "deadline.reached",
  "child.lost", "stop", "killAfterMs", "code", "retryMs", "maxDeaths", "timeoutMs", "killGroup",
  // states
  "fresh", "down", "starting", "up.unready", "up.ready", "ending", "finish", "gone",
  // letters
  "s", "u", "U", "d", "O", "D", "x", "dD", "OD",
  // checkpoints
  "checkpoint", "deaths", "since", "removed",
  // who sent a command; what a service was when it started; why a supervisor was taken over
  "by", "uid", "command", "definition", "run", "notification-fd", "lock-fd", "timeout-kill", "timeout-finish",
  "max-death-tally", "down-signal", "reload-signal", "flag-newpidns", "flag-timeout-killpg", "reason",
  // the left-over census
  "census", "count", "left", "comm", "tie", "session", "child", "census.taken", "clear", "pids", "clearing", "clearingFailed",
  "flag-census",
] as const;
