import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { eventually } from "../interop/svscan-tree.ts";
import { makeTempDirectory } from "./c-tree.ts";
import { sendUnix } from "./datagrams.ts";
import { type Home, offerHost } from "./hosts.ts";

export interface Settings {
  readonly dir?: string;
  /** Command that runs the program. */
  readonly before?: readonly string[];
  readonly stdout?: number | "pipe";
  readonly environment?: Readonly<Record<string, string>>;
  readonly home?: Home;
}

export interface Daemon {
  readonly dir: string;
  readonly process: ChildProcess;
  readonly pid: number;
  stdout(): string;
  /** What came on the notification descriptor, which is closed by now. */
  readonly notified: string;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
}

export const PLACE = ["-x", "s"];

/** One that runs, and is ready. */
export async function start(bin: string, words: readonly string[], settings: Settings = {}): Promise<Daemon> {
  const { dir = makeTempDirectory(), before = [], stdout: to = "pipe", environment = {}, home = "alone" } = settings;
  if (home !== "alone") offerHost();
  const [command = "", ...args] = [...before, join(bin, "s6-socklog"), "-d", "3", ...words];
  const child = spawn(command, args, { cwd: dir, stdio: ["pipe", to, "pipe", "pipe"], env: { PATH: process.env["PATH"], ...(home === "alone" ? { S6_ACTORS_ALONE: "1" } : {}), ...environment } });
  const heard = { stdout: "", stderr: "", notified: "" };
  child.stdout?.setEncoding("latin1").on("data", (text: string) => void (heard.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => void (heard.stderr += text));
  child.stdin?.on("error", () => undefined);
  const notification = child.stdio[3];
  notification?.on("data", (bytes: Buffer) => void (heard.notified += bytes.toString()));
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "close").then(([exitCode]) => ({ exitCode: exitCode as number | null, stderr: heard.stderr }));
  if (notification !== null && notification !== undefined) await once(notification, "close");
  return { dir, process: child, pid: child.pid ?? -1, stdout: () => heard.stdout, notified: heard.notified, ended };
}

export const send = ({ dir }: Daemon, ...datagrams: readonly string[]): void => sendUnix(join(dir, "s"), ...datagrams);

/** What comes out for these datagrams. C forgets what it has not read yet when it is told to stop. */
export async function lines(bin: string, words: readonly string[], datagrams: readonly string[], home: Home = "alone"): Promise<string> {
  const daemon = await start(bin, [...PLACE, ...words], { home });
  send(daemon, ...datagrams, "THE END");
  await eventually(daemon.stdout).toMatch(/THE END\n$/);
  daemon.process.kill("SIGTERM");
  expect(await daemon.ended).toEqual({ exitCode: 0, stderr: "" });
  return daemon.stdout();
}
