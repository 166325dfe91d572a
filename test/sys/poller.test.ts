import { describe, expect, test } from "vitest";
import { SystemError } from "../../src/sys/errors.ts";
import { closeFd, pipe, readFd, writeFd } from "../../src/sys/files.ts";
import { POLL_HUP, Poller, pollReadable, pollWritable } from "../../src/sys/poller.ts";
import { answerOf } from "./fixture-process.ts";

const one = new Uint8Array(1);

describe("the poll set of a thread", () => {
  test("calls for what is ready, in the order of the tokens, as long as it is ready", async () => {
    const pipes = [0, 1, 2].map(() => pipe(true));
    const calls: number[] = [];
    await new Promise<void>((resolve) => {
      const poller = new Poller((token) => {
        calls.push(token);
        if (calls.length < 6) return;
        poller.close();
        resolve();
      });
      for (const [index, [readEnd, writeEnd]] of pipes.entries()) {
        poller.add(readEnd, 30 - index);
        writeFd(writeEnd, one);
      }
    });
    expect(calls).toEqual([28, 29, 30, 28, 29, 30]);
    for (const fd of pipes.flat()) closeFd(fd);
  });

  test("reports the end of a pipe, and nothing of what was removed", async () => {
    const [[readEnd, writeEnd], [other, otherEnd]] = [pipe(true), pipe(true)];
    writeFd(otherEnd, one);
    const seen = await new Promise((resolve) => {
      const poller = new Poller((token, events) => {
        poller.close();
        resolve([token, events]);
      });
      poller.add(other, 1);
      poller.remove(other);
      poller.add(readEnd, 2);
      closeFd(writeEnd);
    });
    expect(seen).toEqual([2, POLL_HUP]);
    for (const fd of [readEnd, other, otherEnd]) closeFd(fd);
  });

  test("hands over more than fits into one round", async () => {
    const pipes = Array.from({ length: 300 }, () => pipe(true));
    const seen = new Set<number>();
    await new Promise<void>((resolve) => {
      const poller = new Poller((token) => {
        seen.add(token);
        poller.remove(pipes[token]?.[0] ?? -1);
        if (seen.size < pipes.length) return;
        poller.close();
        resolve();
      });
      for (const [index, [readEnd, writeEnd]] of pipes.entries()) {
        poller.add(readEnd, index);
        writeFd(writeEnd, one);
      }
    });
    expect(seen.size).toBe(pipes.length);
    for (const fd of pipes.flat()) closeFd(fd);
  });

  test("is one at a time, and refuses what cannot be polled", () => {
    const poller = new Poller(() => {});
    expect(() => new Poller(() => {})).toThrow(SystemError);
    expect(() => poller.add(9999, 0)).toThrow(/Bad file descriptor/);
    poller.close();
    new Poller(() => {}).close();
  });

  test("survives workers that are terminated in a storm of callbacks, and a callback that throws", async () => {
    expect(await answerOf("storm")).toEqual({ rounds: 12, error: "thrown by the callback", epollsLeft: 0 });
  });
});

describe("blocking poll", () => {
  test("answers what is readable or at its end, nothing when the time is over", () => {
    const [a, b] = [pipe(true), pipe(true)];
    expect(pollReadable([a[0], b[0]], 0)).toEqual([]);
    writeFd(b[1], one);
    expect(pollReadable([a[0], b[0]], undefined)).toEqual([b[0]]);
    closeFd(a[1]);
    expect(pollReadable([a[0], b[0]], 1000)).toEqual([a[0], b[0]]);
    expect(readFd(a[0], one)).toBe(0);
    for (const fd of [a[0], ...b]) closeFd(fd);
  });

  test("waits until there is room again", () => {
    const [readEnd, writeEnd] = pipe(true);
    pollWritable(writeEnd);
    while (writeFd(writeEnd, new Uint8Array(65536)) !== "again");
    closeFd(readEnd);
    pollWritable(writeEnd); // broken is an answer, too
    closeFd(writeEnd);
  });
});
