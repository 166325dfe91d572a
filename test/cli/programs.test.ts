import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exitCodeOf, type Program } from "../../src/cli/program.ts";
import { s6cleanfifodir } from "../../src/cli/s6-cleanfifodir.ts";
import { s6ftriglisten } from "../../src/cli/s6-ftrig-listen.ts";
import { s6ftriglisten1 } from "../../src/cli/s6-ftrig-listen1.ts";
import { s6ftrignotify } from "../../src/cli/s6-ftrig-notify.ts";
import { s6ftrigwait } from "../../src/cli/s6-ftrig-wait.ts";
import { s6lint } from "../../src/cli/s6-lint.ts";
import { s6mkfifodir } from "../../src/cli/s6-mkfifodir.ts";
import { s6svc } from "../../src/cli/s6-svc.ts";
import { s6svdtclear } from "../../src/cli/s6-svdt-clear.ts";
import { s6svdt } from "../../src/cli/s6-svdt.ts";
import { s6svlink } from "../../src/cli/s6-svlink.ts";
import { s6svlisten } from "../../src/cli/s6-svlisten.ts";
import { s6svlisten1 } from "../../src/cli/s6-svlisten1.ts";
import { s6svok } from "../../src/cli/s6-svok.ts";
import { s6svperms } from "../../src/cli/s6-svperms.ts";
import { s6svscanctl } from "../../src/cli/s6-svscanctl.ts";
import { s6svstat } from "../../src/cli/s6-svstat.ts";
import { s6svunlink } from "../../src/cli/s6-svunlink.ts";
import { s6svwait } from "../../src/cli/s6-svwait.ts";
import { CONTROL_LETTERS, SCAN_CONTROLS } from "../../src/formats/control.ts";
import * as realSys from "../../src/sys/real-sys.ts";
import { runHere } from "../support/in-process.ts";

const PROGRAMS: readonly Program[] = [
  s6cleanfifodir, s6ftriglisten, s6ftriglisten1, s6ftrignotify, s6ftrigwait, s6lint, s6mkfifodir, s6svc, s6svdtclear, s6svdt,
  s6svlink, s6svlisten, s6svlisten1, s6svok, s6svperms, s6svscanctl, s6svstat, s6svunlink, s6svwait,
];
const packageJson = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
  bin: Record<string, string>;
};

describe.each(PROGRAMS.map((program) => [program.name, program] as const))("%s", (name, program) => {
  it("is one of the package's programs and starts its synopsis with its name", () => {
    expect(packageJson.bin).toHaveProperty(name);
    expect(program.synopsis.split(" ")[0]).toBe(name);
  });

  it("explains itself with --help", () => {
    const { exitCode, stdout, stderr } = runHere(program, "--help");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout.startsWith(`usage: ${program.synopsis}\n`)).toBe(true);
    expect(stdout).toContain("Exit codes: 0 ");
    for (const line of stdout.split("\n").slice(1)) expect(line.length).toBeLessThanOrEqual(120);
  });

  it("describes every option of its synopsis", () => {
    const letters = [...program.synopsis.matchAll(/ -([A-Za-z0-9]+)/g)].flatMap(([, group = ""]) =>
      group.startsWith("w") && name === "s6-svc" ? [] : [...group],
    );
    for (const letter of letters) expect(program.help).toMatch(new RegExp(`^  (-\\w, )*-${letter}\\b`, "m"));
  });

  it("tells its version with --version", () => {
    expect(runHere(program, "--version")).toEqual({
      exitCode: 0,
      stdout: `s6-actors ${packageJson.version} (s6 2.15.1.0)\n`,
      stderr: "",
    });
  });

  if (program !== s6svwait) {
    it("prints its synopsis when operands are missing", () => {
      const usage = { exitCode: 100, stdout: "", stderr: `${name}: usage: ${program.synopsis}\n` };
      expect(runHere(program)).toEqual(usage);
    });
  }
});

describe("a wrong option", () => {
  const usage = (program: Program): object => ({
    exitCode: 100,
    stdout: "",
    stderr: `${program.name}: usage: ${program.synopsis}\n`,
  });

  it.each([
    [s6mkfifodir, ["-x", "dir"]], [s6mkfifodir, ["-g"]], [s6mkfifodir, ["-g", "users", "dir"]],
    [s6svc, ["-f", "dir"]], [s6svc, ["-wx", "dir"]], [s6svc, ["-w", "", "dir"]], [s6svc, ["-T", "1s", "dir"]],
    [s6svc, ["-T"]], [s6svc, ["-s"]], [s6svc, ["-X", "dir"]], [s6svc, ["--help", "dir"]],
    [s6svdt, ["-n", "-1", "dir"]], [s6svdt, ["-x", "dir"]], [s6svdt, ["--jsonl", "dir"]],
    [s6lint, ["-x", "dir"]], [s6lint, [""]], [s6svlink, ["-x", "a", "b"]], [s6svlink, ["a"]], [s6svlink, ["-t", "", "a", "b"]],
    [s6svscanctl, ["-p", "dir"]], [s6svscanctl, ["-s", "dir"]], [s6svscanctl, ["-0", "dir"]],
    [s6svstat, ["-x", "dir"]], [s6svstat, ["--xml", "dir"]], [s6svstat, ["-o"]],
    [s6svunlink, ["-x", "a", "b"]], [s6svunlink, ["a"]], [s6svunlink, ["-t"]],
    [s6svwait, ["-x", "dir"]], [s6svwait, ["-t", "x", "dir"]], [s6svwait, ["--all", "dir"]],
    [s6ftrignotify, ["dir"]], [s6ftrigwait, ["dir"]], [s6ftrigwait, ["-t"]],
    [s6ftriglisten1, ["dir", "a"]], [s6ftriglisten1, ["-t"]], [s6ftriglisten, ["-t"]],
    [s6ftriglisten, ["dir", "", "prog"]], [s6ftriglisten, ["", "prog", "arg"]], [s6ftriglisten, ["dir", "a", ""]],
    [s6svlisten1, ["dir"]], [s6svlisten1, ["-a", "dir", "prog"]], [s6svlisten1, ["-t", "x", "dir", "prog"]],
    [s6svlisten, ["", "prog"]], [s6svlisten, ["dir", ""]], [s6svlisten, ["a", "b", ""]], [s6svlisten, ["-x", "a", "", "prog"]],
    [s6svperms, ["-u"]], [s6svperms, ["-x", "dir"]], [s6svperms, ["-g:", "dir"]], [s6svperms, ["-E", ":users", "dir"]],
  ] as const)("prints the synopsis (%#)", (program, args) => {
    expect(runHere(program, ...args)).toEqual(usage(program));
  });

  it.each([
    [s6svc, ["-s", "65", "dir"], "invalid signal: 65"],
    [s6svc, ["-s", "0", "dir"], "invalid signal: 0"],
    [s6svc, ["-s", "99999999999", "dir"], "invalid signal: 99999999999"],
    [s6svc, ["-s", "TERMINATE", "dir"], "invalid signal: TERMINATE"],
    [s6svc, ["-s", "SEGV", "dir"], "SEGV is not in the list of user-available signals"],
    [s6svc, ["-s", "64", "dir"], "64 is not in the list of user-available signals"],
    [s6svc, [""], "invalid service path"],
    [s6svstat, ["-o", "up,uptime", "dir"], "invalid option field: uptime"],
    [s6svstat, ["-o", "u", "dir"], "invalid option field: u"],
    [s6svstat, ["-o", "up,,pid", "dir"], "invalid option field: "],
    [s6svstat, ["-o", ",", "dir"], "invalid option field: "],
    [s6svstat, ["-o", "toString", "dir"], "invalid option field: toString"],
    [s6svstat, ["-uwNrpgestuwNrpgest", "dir"], "too many option fields"],
    [s6svstat, ["--json", "-u", "dir"], "--json prints every field: it goes without others"],
    [s6svlink, ["", "dir"], "invalid scandir"],
    [s6svlink, ["dir", ""], "invalid servicedir"],
    [s6svlink, ["dir", "."], "invalid name"],
    [s6svunlink, ["dir", "/name"], "invalid service name"],
    [s6svlisten, ["a", "b", "c"], "unterminated servicedir block"],
    [s6ftriglisten, ["a", "b", "c", "d"], "unterminated fifodir+regex block"],
    [s6ftriglisten, ["-t", "x", "a", "b", "", "c"], "timeout must be an unsigned integer"],
    [s6ftriglisten1, ["-o", "a", "b", "c"], "unrecognized short option: o"],
    [s6svperms, ["-g", "no such group", "dir"], "unable to find entry for no such group in group database"],
    [s6ftrigwait, ["-t", "x", "dir", "a"], "timeout must be an unsigned integer"],
    [s6ftrigwait, ["-x", "dir", "a"], "unrecognized short option: x"],
    [s6ftrigwait, ["--limit=1", "dir", "a"], "unrecognized option with argument: --limit=1"],
  ] as const)("says what is wrong (%#)", (program, args, message) => {
    expect(runHere(program, ...args)).toEqual({
      exitCode: 100,
      stdout: "",
      stderr: `${program.name}: fatal: ${message}\n`,
    });
  });
});

describe("the option tables", () => {
  it("have every letter of the protocols", () => {
    for (const letter of CONTROL_LETTERS) expect(runHere(s6svc, `-${letter}`, "").stderr).toContain("invalid service");
    for (const letter of Object.keys(SCAN_CONTROLS)) {
      expect(runHere(s6svscanctl, `-${letter}`, "/nonexistent").exitCode).toBe(111);
    }
  });
});

describe("an unexpected failure", () => {
  const program = (main: Program["main"]): Program => ({ name: "s6-x", synopsis: "s6-x", help: "", main });

  it("of a system call is told with 111", () => {
    expect(runHere(program(({ sys }) => (sys.readFile("/nonexistent/file"), 0)))).toMatchObject({
      exitCode: 111,
      stderr: expect.stringMatching(/^s6-x: fatal: unable to \w+ \/nonexistent\/file: No such file or directory\n$/),
    });
  });

  it("of our own is not hidden", () => {
    const defect = new TypeError("defect");
    const broken = program(() => {
      throw defect;
    });
    const context = { args: [], sys: realSys, stdout: () => undefined, stderr: () => undefined };
    expect(() => exitCodeOf(broken, context)).toThrow(defect);
  });
});
