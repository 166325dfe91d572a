import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundle, makeTempDirectory, plainEnvironment, runFixture, runProcess } from "./fixture-process.ts";

/** exec with this PATH, undefined = none. */
async function execWith(PATH: string | undefined, ...command: readonly string[]) {
  const { PATH: _, ...rest } = plainEnvironment();
  const env = PATH === undefined ? rest : { ...rest, PATH };
  return runProcess(process.execPath, [await bundle("exec-args"), "", "--", ...command], { env });
}

describe("the program to become", () => {
  test("is looked for in PATH, in /usr/bin and /bin without one", async () => {
    expect((await execWith("/nonexistent:/bin", "echo", "a b", "")).stdout).toBe("a b \n");
    expect((await execWith(undefined, "echo", "x")).stdout).toBe("x\n");
    expect(await execWith("", "echo", "x")).toMatchObject({ exitCode: 127, stderr: "ENOENT\n" });
  });

  test("is not found in the working directory by an empty element", async () => {
    const cwd = makeTempDirectory();
    writeFileSync(join(cwd, "prog"), "#!/bin/sh\n", { mode: 0o755 });
    const args = [await bundle("exec-args"), "", "--", "prog"];
    const ended = await runProcess(process.execPath, args, { cwd, env: plainEnvironment({ PATH: ":/nonexistent:" }) });
    expect(ended).toMatchObject({ exitCode: 127, stderr: "ENOENT\n" });
  });

  test("that cannot be executed does not end the search, but is what is reported", async () => {
    const [first, second] = [makeTempDirectory(), makeTempDirectory()];
    writeFileSync(join(first, "prog"), "#!/bin/sh\n", { mode: 0o644 });
    expect(await execWith(`${first}:/bin`, "prog")).toMatchObject({ exitCode: 126, stderr: "EACCES\n" });
    writeFileSync(join(second, "prog"), "#!/bin/sh\necho second\n", { mode: 0o755 });
    expect((await execWith(`${first}:${second}`, "prog")).stdout).toBe("second\n");
    expect(await execWith(`${join(first, "prog")}:/bin`, "absent")).toMatchObject({ exitCode: 126, stderr: "ENOTDIR\n" });
    mkdirSync(join(first, "directory"));
    expect(await execWith(first, "directory")).toMatchObject({ exitCode: 126, stderr: "EACCES\n" });
  });

  test("that is no program ends the search", async () => {
    const [first, second] = [makeTempDirectory(), makeTempDirectory()];
    writeFileSync(join(first, "prog"), "echo no interpreter", { mode: 0o755 });
    writeFileSync(join(second, "prog"), "#!/bin/sh\n", { mode: 0o755 });
    expect(await execWith(`${first}:${second}`, "prog")).toMatchObject({ exitCode: 126, stderr: "ENOEXEC\n" });
  });

  test("is a path when it has a slash", async () => {
    expect((await execWith("", "/bin/echo", "x")).stdout).toBe("x\n");
    expect(await execWith("/bin", "/nonexistent/prog")).toMatchObject({ exitCode: 127, stderr: "ENOENT\n" });
  });
});

describe("becoming another program", () => {
  test("works while threads run, from main and from a worker, with the descriptors to keep and no others", async () => {
    for (const from of ["main", "worker"]) {
      const { stdout, exitCode, stderr } = await runFixture("exec-threads", from);
      expect(stderr).toBe("");
      expect(exitCode).toBe(0);
      const { pid, comm, threads, fds, variables } = JSON.parse(stdout) as Record<string, string>;
      expect(pid).toBe("same");
      expect(comm).toBe("sh");
      expect(threads).toBe("1");
      expect(fds).toBe("kept");
      expect(variables).toBe("ONLY=this");
    }
  });

  test("that fails leaves everything as it was", async () => {
    const { stdout, exitCode } = await runFixture("exec-failure");
    expect(exitCode).toBe(0);
    const { before, after, code, signals } = JSON.parse(stdout) as Record<string, unknown>;
    expect(code).toBe("ENOENT");
    expect(after).toEqual(before);
    expect(signals).toEqual([1]); // a trap that was set before still works
  });
});
