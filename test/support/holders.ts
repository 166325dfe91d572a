import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { C_BIN, makeTempDirectory } from "./c-tree.ts";
import type { Home } from "./hosts.ts";
import { type RunningServer, startListener } from "./servers.ts";

interface HolderWish {
  readonly home?: Home;
  readonly dir?: string;
  readonly before?: readonly string[];
  readonly options?: readonly string[];
  /** Whose the directory is. */
  readonly owner?: number;
}

/** s6-fdholder-daemon where everybody may do everything. */
export function startHolder({ dir = makeTempDirectory(), options = [], owner, ...wish }: HolderWish = {}): Promise<RunningServer> {
  mkdirSync(join(dir, "rules", "uid", "default", "env"), { recursive: true });
  writeFileSync(join(dir, "rules", "uid", "default", "allow"), "");
  for (const name of ["STORE_REGEX", "RETRIEVE_REGEX", "LIST", "GETDUMP", "SETDUMP"]) writeFileSync(join(dir, "rules", "uid", "default", "env", `S6_FDHOLDER_${name}`), "\n");
  if (owner !== undefined) chownSync(dir, owner, owner);
  return startListener(["s6-fdholder-daemon", "-1", "-i", "rules", ...options, "s"], { dir, ...wish });
}

/** A client of C's: its exit code and what it says. `script`: of a shell that runs it, with S for the path and BIN before its name. */
export function client({ path }: RunningServer, script: string): { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { encoding: "latin1", timeout: 20_000, env: { ...process.env, S: path, PATH: `${C_BIN}:${process.env["PATH"]}` } });
  return { exitCode: status, stdout, stderr };
}

export const listed = (holder: RunningServer): string[] => client(holder, 's6-fdholder-list "$S"').stdout.split("\n").filter(Boolean);
