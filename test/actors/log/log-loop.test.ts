import { constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { OwnArea } from "../../../src/actors/log/area.ts";
import { keptSizes, LogLoop } from "../../../src/actors/log/log-loop.ts";
import type { LoggerPorts } from "../../../src/actors/log/logger-ports.ts";
import { StartError } from "../../../src/actors/start-error.ts";
import { parseScript } from "../../../src/machines/log/script.ts";
import { AT_FDCWD, closeFd, openAt } from "../../../src/sys/files.ts";
import { tryLock } from "../../../src/sys/lock.ts";
import { makeTempDirectory } from "../../support/c-tree.ts";

test("a logger that can't start and is given up has told nobody anything, and left its stdin alone: another one may begin afresh", () => {
  const logdir = join(makeTempDirectory(), "d");
  mkdirSync(logdir);
  const lock = openAt(AT_FDCWD, join(logdir, "lock"), constants.O_RDWR | constants.O_CREAT, 0o666);
  onTestFinished(() => closeFd(lock));
  expect(tryLock(lock, logdir)).toBe(true);
  const script = parseScript<never>([logdir], () => undefined);
  expect(keptSizes(script).parts).toBe(4);
  const calls: string[] = [];
  const unwanted = (name: string) => (): never => {
    throw new Error(name);
  };
  const ports: LoggerPorts = {
    mask: 0o644, stdin: 0, stdout: unwanted("stdout"), stderr: unwanted("stderr"),
    watcher: { watch: unwanted("watch"), unwatch: unwanted("unwatch") },
    after: unwanted("after"), sync: unwanted("sync"), process: unwanted("process"), keepLock: unwanted("keepLock"),
    area: (_part, usual) => new OwnArea(usual),
    note: () => void calls.push("note"), read: unwanted("read"), left: unwanted("left"),
    closeStdin: () => void calls.push("closeStdin"), closeStdout: () => void calls.push("closeStdout"),
    ready: unwanted("ready"), exit: unwanted("exit"),
  };
  const options = { script, notificationFd: undefined, verbosity: 1, blocks: false, ignoresTerm: false, lineLimit: 8192, partialMs: undefined };
  const loop = new LogLoop(options, ports);
  expect(() => loop.start()).toThrow(StartError);
  loop.abandon();
  expect(calls).toEqual([]);
});
