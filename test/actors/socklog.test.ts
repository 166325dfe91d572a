import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { OwnArea } from "../../src/actors/log/area.ts";
import { LINES_BYTES, SocklogLoop } from "../../src/actors/socklog/socklog-loop.ts";
import { ThreadWatcher } from "../../src/actors/watcher.ts";
import { signalNumber } from "../../src/formats/signals.ts";
import { closeFd, pipe, readFd } from "../../src/sys/files.ts";
import { bindUnixDatagram } from "../../src/sys/socket.ts";
import { makeTempDirectory } from "../support/c-tree.ts";
import { sendUnix } from "../support/datagrams.ts";

test("many daemons live in one thread, each with descriptors and signals of its own", async () => {
  const dir = makeTempDirectory();
  const watcher = new ThreadWatcher();
  onTestFinished(() => watcher.close());
  const daemons = ["a", "b"].map((name) => {
    const path = join(dir, name);
    const { fd: socket, lockFd } = bindUnixDatagram(path, 0o700);
    const [readEnd, stdout] = pipe(true);
    onTestFinished(() => [lockFd, readEnd, stdout].forEach(closeFd));
    const exit = vi.fn<(code: number, reason?: string) => void>();
    const loop = new SocklogLoop({ limit: 100, keepsCodes: false, flushMs: undefined }, {
      socket, watcher, exit,
      closeSocket: () => closeFd(socket),
      stdout: () => ({ fd: stdout, mayBlock: false }),
      area: new OwnArea(LINES_BYTES),
      note: () => undefined,
      after: () => () => undefined,
    });
    loop.begin();
    let text = "";
    const heard = (): string => {
      const bytes = Buffer.alloc(1000);
      const count = readFd(readEnd, bytes);
      text += count === "again" ? "" : bytes.toString("utf8", 0, count);
      return text;
    };
    return { path, exit, heard, kill: () => loop.signal(signalNumber("TERM")) };
  });
  const [a, b] = daemons;
  if (a === undefined || b === undefined) throw new Error("two were made");
  expect(() => bindUnixDatagram(a.path, 0o700)).toThrow("Device or resource busy");
  sendUnix(a.path, "for a");
  sendUnix(b.path, "for b", "too");
  a.kill();
  await vi.waitFor(() => expect(a.exit).toHaveBeenCalled());
  await vi.waitFor(() => expect([a.heard(), b.heard()]).toEqual(["for a\n", "for b\ntoo\n"]));
  sendUnix(b.path, "more");
  b.kill();
  await vi.waitFor(() => expect(b.exit).toHaveBeenCalled());
  expect([a.heard(), b.heard()]).toEqual(["for a\n", "for b\ntoo\nmore\n"]);
  for (const { exit } of daemons) expect(exit.mock.calls).toEqual([[0, undefined]]);
});
