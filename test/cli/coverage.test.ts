import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ExitError, UsageError } from "../../src/cli/failures.ts";
import { Execution } from "../../src/chain/execution.ts";
import { ChainProcess } from "../../src/chain/process.ts";
import type { ChainProgram } from "../../src/cli/chain.ts";
import type { Program } from "../../src/cli/program.ts";
import * as realSys from "../../src/sys/real-sys.ts";

/** Every program of s6 2.15.1.0 and its options: letters, `:` after one that takes a value; long names, `=` likewise. */
interface Options {
  readonly options: string;
  readonly long?: readonly string[];
}

const root = join(import.meta.dirname, "..", "..");
const known = JSON.parse(readFileSync(join(root, "docs", "s6-2.15.1.0.json"), "utf8")) as Readonly<Record<string, Options>>;
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly bin: Readonly<Record<string, string>> };
const present = Object.entries(known).filter(([name]) => Object.hasOwn(bin, name));

/** No option of any program: whoever complains of it has understood what comes before it. */
const NONSENSE = "§";

async function complaint(name: string, args: readonly string[]): Promise<string> {
  const module = (await import(join(root, "src", "cli", `${name}.ts`))) as Readonly<Record<string, Program | ChainProgram>>;
  const program = Object.values(module).find((value) => value.name === name);
  if (program === undefined) throw new Error(`src/cli/${name}.ts exports no program of that name`);
  try {
    understand(program, args);
  } catch (error) {
    if (error instanceof UsageError || error instanceof ExitError) return error.message;
    throw error;
  }
  throw new Error(`${name} takes ${args.join(" ")}`);
}

function understand(program: Program | ChainProgram, args: readonly string[]): void {
  const silent = { stdout: () => undefined, stderr: () => undefined };
  if ("main" in program) program.main({ args, sys: realSys, ...silent });
  else if ("parse" in program) program.parse(args, undefined);
  else program.run(args, new ChainProcess(program.name, realSys, new Execution(realSys), silent));
}

const letters = (options: string): [letter: string, takesValue: boolean][] =>
  [...options.matchAll(/(.)(:?)/g)].map(([, letter = "", colon]) => [letter, colon === ":"]);

test.each(present.flatMap(([name, { options }]) => letters(options).map(([letter, takesValue]) => [name, letter, takesValue] as const)))(
  "%s knows -%s", async (name, letter, takesValue) => {
    // A value is 1; behind a letter that takes none that is a letter, too.
    const said = await complaint(name, [takesValue ? `-${letter}1` : `-${letter}`, `-${NONSENSE}`]);
    expect(said).toContain(NONSENSE);
  });

test.each(present.flatMap(([name, { long = [] }]) => long.map((option) => [name, option] as const)))("%s knows --%s", async (name, option) => {
  expect(await complaint(name, [option.endsWith("=") ? `--${option}1` : `--${option}`, `-${NONSENSE}`])).toContain(NONSENSE);
});

test("what is no option is none", async () => {
  expect(await complaint("s6-svwait", ["-z", `-${NONSENSE}`])).not.toContain(NONSENSE);
  expect(await complaint("s6-ftrig-wait", ["--nonsense=1", `-${NONSENSE}`])).not.toContain(NONSENSE);
});

test.each(present.filter(([, { options }]) => options === "").map(([name]) => name))("%s, which has no options, is there", (name) => {
  expect(existsSync(join(root, "src", "cli", `${name}.ts`))).toBe(true);
});
