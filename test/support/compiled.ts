import { chmodSync, mkdirSync, openSync, readFileSync, writeFileSync, closeSync, constants } from "node:fs";
import { join } from "node:path";
import type { Compilation } from "../../src/chain/compile.ts";
import { RunScript } from "../../src/chain/run-script.ts";
import { exitCode, termSignal } from "../../src/formats/wait-status.ts";
import { spawnCompiled } from "../../src/sys/compiled-chain.ts";
import { closeFd } from "../../src/sys/files.ts";
import { pollReadable } from "../../src/sys/poller.ts";
import { spawn, spawnFlags, spawnOut, waitPidfd } from "../../src/sys/process.ts";
import { C_BIN, makeTempDirectory } from "./c-tree.ts";
import { EXECLINE_BIN } from "./execline-peer.ts";
import { OUR_BIN } from "./executables.ts";

export interface Ran {
  readonly exitCode: number;
  readonly signal: number;
  readonly stdout: string;
  readonly stderr: string;
}

const FLAGS = spawnFlags({ setsid: true, newPidNamespace: false });

/** A service directory with a run script; `files`: its content, by path. */
export function serviceWith(interpreter: string, script: string, files: Readonly<Record<string, string>> = {}): string {
  const dir = join(makeTempDirectory(), "service");
  mkdirSync(dir);
  writeFileSync(join(dir, "run"), `#!${interpreter}\n${script}`);
  chmodSync(join(dir, "run"), 0o755);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(dir, path, ".."), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

/** Starts run as a supervisor does, with descriptors of its own, and waits for its end. `compilation`: what it came to. */
export function runScript(dir: string, isCompiled: boolean): Ran & { readonly compilation: Compilation | string | undefined } {
  const dirFd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  const [out, err] = [join(dir, "..", "stdout"), join(dir, "..", "stderr")];
  const [stdin, stdout, stderr] = [openSync("/dev/null", "r"), openSync(out, "a"), openSync(err, "a")];
  const map = new Map([[0, stdin], [1, stdout], [2, stderr]]);
  const argv = ["./run", "service"];
  const result = spawnOut();
  try {
    const compilation = isCompiled ? new RunScript(dirFd, "run").compile(argv) : undefined;
    if (compilation === undefined || typeof compilation === "string") spawn(dirFd, "./run", argv, map, FLAGS, result);
    else spawnCompiled(dirFd, compilation.chain, map, FLAGS, result);
    const pidfd = result[1] ?? -1;
    pollReadable([pidfd], undefined);
    const status = waitPidfd(pidfd);
    closeFd(pidfd);
    if (typeof status === "string") throw new Error(status);
    const text = (path: string): string => readFileSync(path, "latin1").replaceAll(dir, "DIR").replaceAll(OUR_BIN, C_BIN).replaceAll(EXECLINE_BIN, C_BIN);
    return { compilation, exitCode: exitCode(status), signal: termSignal(status), stdout: text(out), stderr: text(err) };
  } finally {
    for (const fd of [dirFd, stdin, stdout, stderr]) closeSync(fd);
  }
}
