import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { makeTempDirectory } from "./c-tree.ts";
import { OUR_BIN } from "./executables.ts";
import { type Home, isThin, offerHost } from "./hosts.ts";

interface ServerWish {
  readonly bin?: string;
  readonly home?: Home;
  readonly dir?: string;
  /** Command that runs it. */
  readonly before?: readonly string[];
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** More descriptors, from 3 on. */
  readonly more?: readonly number[];
}

export interface RunningServer {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly dir: string;
  readonly path: string;
  stderr(): string;
  readonly exited: Promise<number | null>;
  /** And nobody has its stderr any more. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }>;
}

/** s6-ipcserver that is ready. */
export const startServer = (prog: readonly string[], wish: ServerWish = {}): Promise<RunningServer> =>
  startListener(["s6-ipcserver", "-1", ...(wish.options ?? []), "s", ...prog], wish);

/** A program that listens to `s`, and says on stdout when it does. */
export async function startListener([program = "", ...words]: readonly string[], wish: Omit<ServerWish, "options"> = {}): Promise<RunningServer> {
  const { bin = OUR_BIN, home = "hosted", dir = makeTempDirectory(), before = [], environment = {}, more = [] } = wish;
  if (home !== "alone") offerHost();
  const [command = "", ...args] = [...before, join(bin, program), ...words];
  const alone = home === "alone" ? { S6_ACTORS_ALONE: "1" } : {};
  const child = spawn(command, args, { cwd: dir, stdio: ["ignore", "pipe", "pipe", ...more], env: { PATH: `${bin}:${process.env["PATH"]}`, ...alone, ...environment } });
  let stderr = "";
  child.stderr?.setEncoding("latin1").on("data", (text: string) => void (stderr += text));
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const ended = new Promise<Awaited<RunningServer["ended"]>>((resolve) => child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stderr })));
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("close", () => reject(new Error(stderr)));
  });
  const { pid = -1 } = child;
  if (home === "hosted" && bin === OUR_BIN && !isThin(pid)) throw new Error("the server runs by itself");
  return { process: child, pid, dir, path: join(dir, "s"), stderr: () => stderr, exited, ended };
}

/** What a client hears until the end; undefined: it was not answered. `question`: all that it says; without one its side stays open. */
export function ask(path: string, question?: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ path });
    if (question !== undefined) socket.end(question);
    socket.setEncoding("latin1").on("data", (chunk: string) => void (text += chunk));
    socket.once("error", () => undefined);
    socket.once("close", () => resolve(text === "" ? undefined : text));
  });
}

/** A client that stays. */
export async function clientOf(path: string): Promise<Socket> {
  const socket = connect({ path });
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return socket;
}

export const descriptorsOf = (pid: number): number[] => readdirSync(`/proc/${pid}/fd`).map(Number).sort((one, other) => one - other);

/** The same when nothing is under way: two looks find the same. */
export async function restingDescriptorsOf(pid: number): Promise<number[]> {
  for (let before = ""; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const now = descriptorsOf(pid);
    if (now.join() === before) return now;
    before = now.join();
  }
}
