import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { onTestFinished } from "vitest";

/**
 * Programs of their own for what is process-wide (signals, reaping, worker threads, exec): fixtures/NAME.ts, bundled
 * as the build bundles programs.
 */
const root = join(import.meta.dirname, "..", "..");
const bundles = new Map<string, Promise<string>>();

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function bundle(name: string): Promise<string> {
  const known = bundles.get(name) ?? make(name);
  bundles.set(name, known);
  return known;
}

async function make(name: string): Promise<string> {
  const outfile = join(root, "dist", "test", `${name}.cjs`);
  await build({
    entryPoints: [join(import.meta.dirname, "fixtures", `${name}.ts`)],
    outfile,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    define: { "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
    external: ["*.node"],
    logLevel: "warning",
  });
  return outfile;
}

/** Without what the machine of the developer adds to every Node. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_EXTRA_CA_CERTS: __, ...rest } = process.env;
  return { ...rest, ...extra };
}

/** Collects what a process says until it ends; killed when the test is over. */
export function collect(child: ChildProcess): Promise<Ended> {
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
}

export function runProcess(file: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return collect(spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: plainEnvironment(), ...options }));
}

export const runFixture = async (name: string, ...args: readonly string[]): Promise<Ended> =>
  runProcess(process.execPath, [await bundle(name), ...args]);

/** The JSON that a fixture prints; whatever else happens fails the test. */
export async function answerOf<T>(name: string, ...args: readonly string[]): Promise<T> {
  const { exitCode, signal, stdout, stderr } = await runFixture(name, ...args);
  if (exitCode !== 0) throw new Error(`${name}: exit ${exitCode ?? signal}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

export function makeTempDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "s6-actors-sys-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An installation with one program, `name`, behind the real launcher. Answers the path of its executable. */
export async function install(name: string, fixture: string): Promise<string> {
  const directory = makeTempDirectory();
  mkdirSync(join(directory, "bin"));
  mkdirSync(join(directory, "dist", "bin"), { recursive: true });
  symlinkSync(join(root, "dist", "native"), join(directory, "dist", "native"));
  copyFileSync(join(root, "dist", "native", "launcher"), join(directory, "bin", name));
  copyFileSync(await bundle(fixture), join(directory, "dist", "bin", `${name}.cjs`));
  return join(directory, "bin", name);
}
