/**
 * Faults on purpose, for the fault tests and for nothing else: S6_ACTORS_FAULT="KIND:NAME:MOMENT" in the environment
 * of the tree makes the supervisor of service NAME fail once, at the first fact or before the first effect of that
 * type, while the test hook file data/fault exists in its directory (so that a test chooses the moment).
 *
 * - throw: an exception in the middle of the actor's step
 * - uncaught: an exception outside of any step, which takes the whole worker thread down
 * - exit: process.exit in the worker thread
 * - kill: kill -9 of the whole process
 * - memory: the worker thread runs out of heap
 */
const [kind, name, moment] = (process.env["S6_ACTORS_FAULT"] ?? "").split(":");
let armed = kind !== undefined && kind !== "";

export function faultPoint(service: string, type: string, files: { has(name: string): boolean }): void {
  if (!armed || service !== name || type !== moment || !files.has("data/fault")) return;
  armed = false;
  switch (kind) {
    case "throw":
      throw new Error("a fault on purpose");
    case "uncaught":
      setImmediate(() => {
        throw new Error("a fault on purpose, outside of any step");
      });
      return;
    case "exit":
      process.exit(1);
      return;
    case "kill":
      process.kill(process.pid, "SIGKILL");
      return;
    case "memory": {
      const hoard: number[][] = [];
      for (;;) hoard.push(Array.from({ length: 100_000 }, () => hoard.length));
    }
    default:
      throw new Error(`unknown S6_ACTORS_FAULT kind: ${kind}`);
  }
}
