import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { C_BIN, makeTempDirectory } from "./c-tree.ts";
import type { Outcome } from "./chains.ts";
import { offerHost } from "./hosts.ts";

/** For hangs only. */
const LIMIT_MS = 20_000;
const SOCKET = "socket";

export interface SudoServer {
  readonly directory: string;
  readonly socket: string;
  readonly process: ChildProcess;
  /** What the server and its s6-sudod said so far; a character per byte. */
  stderr(): string;
}

interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Where the super-server is. */
  readonly serverBin?: string;
  readonly serverArgs?: readonly string[];
  /** Whether ours has a thin process and does its work in a host. */
  readonly isHosted?: boolean;
  /** Command that runs it. */
  readonly before?: readonly string[];
  readonly directory?: string;
}

/** A super-server with the s6-sudod of `bin` behind it. */
export const sudoServer = (bin: string, args: readonly string[], options?: ServerOptions): Promise<SudoServer> => superServer([join(bin, "s6-sudod"), ...args], options);

/** A super-server that listens. Stopped when the test is over. */
export async function superServer(program: readonly string[], options: ServerOptions = {}): Promise<SudoServer> {
  const { env = {}, serverBin = C_BIN, serverArgs = [], isHosted = false, before = [], directory = makeTempDirectory() } = options;
  if (isHosted) offerHost();
  const [file = "", ...words] = [...before, join(serverBin, "s6-ipcserver"), "-1", ...serverArgs, SOCKET, ...program];
  const child = spawn(file, words, {
    cwd: directory, stdio: ["ignore", "pipe", "pipe"], env: { PATH: `${serverBin}:/usr/bin:/bin`, ...(isHosted ? {} : { S6_ACTORS_ALONE: "1" }), ...env },
  });
  let stderr = "";
  child.stderr.setEncoding("latin1").on("data", (text: string) => void (stderr += text));
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`s6-ipcserver: exit ${code}: ${stderr}`)));
  });
  return { directory, socket: join(directory, SOCKET), process: child, stderr: () => stderr };
}

interface ClientOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Options of s6-sudoc. */
  readonly options?: readonly string[];
  /** What the shell does around it; `"$@"` is the client. */
  readonly script?: string;
  readonly input?: string;
}

/** The words of a client. */
export const sudoClient = (bin: string, server: SudoServer, args: readonly string[], options: readonly string[] = []): readonly string[] =>
  [join(C_BIN, "s6-ipcclient"), server.socket, join(bin, "s6-sudoc"), ...options, "--", ...args];

/** Runs a client to its end. */
export function sudo(bin: string, server: SudoServer, args: readonly string[], { env = {}, options = [], script = '"$@"', input = "" }: ClientOptions = {}): Outcome {
  const { status, signal, stdout, stderr, error } = spawnSync("/bin/bash", ["--norc", "-c", script, "bash", ...sudoClient(bin, server, args, options)], {
    cwd: server.directory, env: { PATH: "/usr/bin:/bin", ...env }, input: Buffer.from(input, "latin1"), encoding: "latin1", timeout: LIMIT_MS,
  });
  if (error !== undefined) throw error;
  return { exitCode: status, signal, stdout, stderr };
}

/** Starts one that waits; its process is that of s6-sudoc. */
export function startSudo(bin: string, server: SudoServer, args: readonly string[], options: readonly string[] = []): ChildProcess {
  const [file = "", ...words] = sudoClient(bin, server, args, options);
  const child = spawn(file, words, { cwd: server.directory, env: { PATH: "/usr/bin:/bin" }, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}
