import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { MessageReader, type UnixMessage } from "../../src/formats/unixmessage.ts";
import { closeFd } from "../../src/sys/files.ts";
import { receiveBytes, sendBytes } from "../../src/sys/messages.ts";
import { pollReadable } from "../../src/sys/poller.ts";
import { connectWithin } from "../../src/sys/stream-socket.ts";
import { makeTempDirectory, writeTree } from "./c-tree.ts";

/** For hangs only. */
const LIMIT_MS = 20_000;

/** Files of `env`: a value of "" is a variable that is set and empty. */
export type RightsEnv = Readonly<Record<string, string>>;

export const EVERYTHING: RightsEnv = { STORE_REGEX: "", RETRIEVE_REGEX: "", LIST: "", GETDUMP: "", SETDUMP: "" };

/** A directory of rules; the tests and what they start are the same user. */
export function writeRights(directory: string, rights: RightsEnv | undefined, key = "uid/self"): void {
  const env = Object.entries(rights ?? {}).map(([name, value]) => [`${key}/env/S6_FDHOLDER_${name}`, `${value}\n`]);
  writeTree(directory, { [`${key}/${rights === undefined ? "deny" : "allow"}`]: "", ...Object.fromEntries(env) });
}

export interface HolderProcess {
  readonly directory: string;
  readonly socket: string;
  readonly pid: number;
  /** How many descriptors it has open. */
  descriptors(): number;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<number | null>;
}

interface HolderOptions {
  readonly args?: readonly string[];
  readonly rights?: RightsEnv;
  /** Where rules and socket are; else a new one. */
  readonly directory?: string;
  readonly name?: string;
}

/** An fd-holder that is ready; killed when the test is over. */
export async function startHolder(bin: string, { args = [], rights = EVERYTHING, directory = makeTempDirectory(), name = "socket" }: HolderOptions = {}): Promise<HolderProcess> {
  const rules = join(directory, "rules");
  const socket = join(directory, name);
  writeRights(rules, rights);
  const given = args.includes("-x") ? args : ["-i", rules, ...args];
  const child = spawn(join(bin, "s6-fdholder-daemon"), ["-1", ...given, socket], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, PATH: `${bin}:/usr/bin:/bin` } });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    void ended.then((code) => reject(new Error(`s6-fdholder-daemon: exit ${code}: ${stderr}`)));
  });
  const pid = child.pid ?? -1;
  return {
    directory, socket, pid, ended,
    descriptors: () => readdirSync(`/proc/${pid}/fd`).length,
    stderr: () => stderr,
    kill: (signal) => void child.kill(signal),
  };
}

/** A client that says what it likes. */
export class RawClient {
  readonly fd: number;
  readonly #reader = new MessageReader(2 ** 28);

  constructor(socket: string) {
    this.fd = connectWithin(socket, LIMIT_MS);
    opened.add(this);
  }

  /** As much as there is room for: how many bytes, or "broken". */
  say(bytes: Uint8Array, fds: readonly number[] = []): number | "again" | "broken" {
    return sendBytes(this.fd, bytes, fds);
  }

  /** The next answer; "closed" when the daemon has had enough. */
  hear(): UnixMessage | "closed" {
    for (;;) {
      const message = this.#reader.next();
      if (message !== undefined) return message;
      if (pollReadable([this.fd], LIMIT_MS).length === 0) throw new Error("no answer");
      const received = receiveBytes(this.fd, this.#reader.room());
      if (received === "again") continue;
      if (received === "broken" || received.count === 0) return "closed";
      this.#reader.received(received.count, received.fds);
    }
  }

  /** The first byte of the next answer. */
  code(): number | "closed" | undefined {
    const message = this.hear();
    if (message === "closed") return message;
    for (const fd of message.fds) closeFd(fd);
    return message.body[0];
  }

  close(): void {
    if (opened.delete(this)) closeFd(this.fd);
  }
}

const opened = new Set<RawClient>();

/** Gone when the test is over. */
export function rawClient(socket: string): RawClient {
  const client = new RawClient(socket);
  onTestFinished(() => client.close());
  return client;
}
