import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pass } from "node:timers/promises";
import { expect, test } from "vitest";
import { IDLE_READY } from "../support/c-tree.ts";
import { eventually, IDLE, scan } from "../interop/svscan-tree.ts";

const SERVICES = Array.from({ length: 20 }, (_, index) => `s${index}`);
const SETTLED_MS = 1500;
const IDLE_MS = 3000;

type WakeUps = Readonly<Record<string, number>>;

/** How often each thread of a process has woken up and gone back to sleep. */
const wakeUps = (pid: number): WakeUps =>
  Object.fromEntries(
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
      return [thread, Number(/^voluntary_ctxt_switches:\t(\d+)$/m.exec(status)?.[1])];
    }),
  );

/** Here nothing is waited for but time: what must not happen tells no event. */
async function wakeUpsDuring(pid: number, ms: number): Promise<{ before: WakeUps; after: WakeUps }> {
  const before = wakeUps(pid);
  await pass(ms);
  return { before, after: wakeUps(pid) };
}

test("a tree of services that do nothing wakes up no thread", async () => {
  const files = SERVICES.map((name, index) => ({ [`${name}/run`]: index % 2 === 0 ? IDLE : IDLE_READY }));
  const ready = SERVICES.filter((_, index) => index % 2 === 1).map((name) => ({ [`${name}/notification-fd`]: "3\n" }));
  const tree = await scan(Object.assign({}, ...files, ...ready));
  tree.up(...SERVICES);
  const isSettled = async (): Promise<boolean> => {
    const { before, after } = await wakeUpsDuring(tree.pid, SETTLED_MS);
    return JSON.stringify(before) === JSON.stringify(after);
  };
  await eventually(isSettled).toBe(true);
  const { before, after } = await wakeUpsDuring(tree.pid, IDLE_MS);
  expect(after).toEqual(before);
  expect(Object.values(after).filter((count) => count > 0).length).toBeGreaterThan(2);
});
