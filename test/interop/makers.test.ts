import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { C_BIN, IDLE, makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { EXECLINE_BIN } from "../support/execline-peer.ts";
import { OUR_BIN, ours, run, theirs } from "../support/executables.ts";

/** Each has its own programs. */
const asC = (text: string): string =>
  text.replaceAll(new RegExp(`${OUR_BIN}/(s6-[\\w-]+|execlineb)`, "g"), `${C_BIN}/$1`).replaceAll(`${OUR_BIN}/`, `${EXECLINE_BIN}/`);

/** Both makers write, beside each other, the same files; only where the programs are differs, and -C of 2.15. */

/** What is below a directory: modes, owners, and what is in the files, with C's paths. */
function listing(directory: string, below = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(directory, below)).sort()) {
    const path = join(directory, below, name);
    const { mode, uid, gid, rdev } = lstatSync(path);
    const type = mode & 0o170000;
    const content = type === 0o100000 ? asC(readFileSync(path, "latin1")) : type === 0o120000 ? readlinkSync(path) : "";
    found[join(below, name)] = `${mode.toString(8)} ${uid}:${gid} ${rdev} ${content}`;
    if (type === 0o040000) Object.assign(found, listing(directory, join(below, name)));
  }
  return found;
}

/** Runs both makers; the last operand is where. Answers the two listings, the exit codes being equal. */
function both(cwd: string, program: string, ...args: readonly string[]): [Record<string, string>, Record<string, string>] {
  const [mine, yours] = [join(cwd, "ours"), join(cwd, "theirs")].map((dir) => join(dir, String(readdirSync(cwd).length)));
  for (const dir of ["ours", "theirs"]) mkdirSync(join(cwd, dir), { recursive: true });
  const our = ours(program, ...args, `${mine}`);
  const their = theirs(program, ...args, `${yours}`);
  expect({ args, exitCode: our.exitCode, stdout: our.stdout }).toEqual({ args, exitCode: their.exitCode, stdout: their.stdout });
  expect(our.stderr === "").toBe(their.stderr === "");
  expect({ args, exists: existsSync(`${mine}`) }).toEqual({ args, exists: our.exitCode === 0 });
  if (our.exitCode !== 0) return [{}, {}];
  const listings = [listing(`${mine}`), listing(`${yours}`)] as const;
  for (const dir of ["ours", "theirs"]) spawnSync("rm", ["-r", join(cwd, dir)]);
  return [...listings];
}

const as2_15 = (found: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(found).map(([path, text]) => [path, text.replace(/ -d3 -c(\d+)/, " -d3 -C$1")]));

function makeTemplate(files: Readonly<Record<string, string>> = { run: IDLE, "data/x": "y\n", finish: "#!/bin/sh\n" }): { readonly cwd: string; readonly template: string } {
  const cwd = makeTempDirectory();
  writeTree(join(cwd, "template"), files);
  return { cwd, template: join(cwd, "template") };
}

describe("s6-instance-maker", () => {
  test.each([
    [[]],
    [["-c", "7"]],
    [["-c", "0"]],
    [["-c", "100000"]],
    [["-u", "nobody"]],
    [["-u", 'a"b\\c']],
    [["-u", ""]],
    [["-l", "nobody", "-t", "3"]],
    [["-r", "service"]],
    [["-r", "service/logger", "-L", "/var/log/x"]],
    [["-r", "service/logger/pipeline", "-L", "/var/log/x", "-l", "nobody", "-u", "games", "-c", "12"]],
  ])("writes what C writes: %j", (options) => {
    const { cwd, template } = makeTemplate();
    const [mine, yours] = both(cwd, "s6-instance-maker", ...options, template);
    expect(Object.keys(mine).length).toBeGreaterThan(5);
    expect(mine).toEqual(as2_15(yours));
  });

  test.each([
    [["-L", "/var/log/x"]],
    [["-L", "/var/log/x", "-l", "nobody", "-t", "3", "-n", "5", "-s", "5000000000", "-S", "18446744073709551615", "-P", "prefix:"]],
    [["-L", '/var/l"o\\g\t\n\u0001é', "-t", "0", "-n", "007", "-P", ""]],
    [["-L", "/x", "-t", "2", "-l", ""]],
  ])("has a logger as C's, and room for two services per instance: %j", (options) => {
    const { cwd, template } = makeTemplate();
    const [mine, yours] = both(cwd, "s6-instance-maker", ...options, "-c", "9", template);
    const { run: ourRun, ...ourRest } = mine;
    const { run: theirRun, ...theirRest } = yours;
    expect(ourRest).toEqual(theirRest);
    expect(ourRun).toBe(theirRun?.replace("-c9 ", "-C18 "));
  });

  test("has room for the loggers of a template, and keeps a prefix with blanks in one word", () => {
    const { cwd, template } = makeTemplate({ run: IDLE, "log/run": IDLE });
    expect(ours("s6-instance-maker", "-r", "s/l", "-L", "/x", "-c", "9", "-P", "a b", template, join(cwd, "made")).exitCode).toBe(0);
    expect(readFileSync(join(cwd, "made", "s", "run"), "utf8")).toContain(" -d3 -C18 -- instance\n");
    expect(readFileSync(join(cwd, "made", "l", "run"), "utf8")).toContain(' "pa b" "/x"\n');
  });

  test("copies links, FIFOs, sockets, devices, modes and owners", () => {
    const { cwd, template } = makeTemplate();
    const script = `mkfifo -m 604 fifo; ln -s /etc/passwd link; ln -s nowhere dangling; mknod device c 1 3; mkdir -m 1733 sub; echo x >sub/y
      chown nobody:tty sub sub/y fifo; chown -h games link; chmod 4755 sub/y; chmod 2750 data
      perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("socket"))'`;
    expect(spawnSync("sh", ["-ec", script], { cwd: template }).status).toBe(0);
    const [mine, yours] = both(cwd, "s6-instance-maker", template);
    expect(Object.keys(mine)).toHaveLength(16);
    expect(mine).toEqual(as2_15(yours));
  });

  test("takes a template by a link to it, and refuses what is no directory", () => {
    const { cwd, template } = makeTemplate();
    symlinkSync("template", join(cwd, "link"));
    expect(ours("s6-instance-maker", join(cwd, "link"), join(cwd, "made"))).toMatchObject({ exitCode: 0, stderr: "" });
    expect(lstatSync(join(cwd, "made", "template")).isDirectory()).toBe(true);
    expect(ours("s6-instance-maker", join(template, "run"), join(cwd, "other"))).toMatchObject({ exitCode: 111 });
    expect(existsSync(join(cwd, "other"))).toBe(false);
  });

  test.each([
    [[]], [["template"]], [["-t", "4", "template"]], [["-L", "relative", "template"]], [["-c", "x", "template"]], [["-S", "18446744073709551616", "template"]],
    [["-r", "/", "template"]], [["-r", "a/", "template"]], [["-r", "a/b", "template"]], [["-L", "/x", "-r", "a", "template"]],
    [["-L", "/x", "-r", "a/b/", "template"]], [["-L", "/x", "-r", "a/b/c/d", "template"]], [["-L", "/x", "-r", "a/b\n", "template"]],
    [["-u", "a b", "template"]], [["-q", "template"]], [["nowhere"]],
  ])("fails as C does, and leaves nothing: %j", (args) => {
    const { cwd, template } = makeTemplate();
    both(cwd, "s6-instance-maker", ...args.map((word) => (word === "template" ? template : word)));
  });

  test("touches nothing that is there", () => {
    const { cwd, template } = makeTemplate();
    writeFileSync(join(cwd, "file"), "kept");
    for (const bin of [OUR_BIN, C_BIN]) {
      expect(run(bin, "s6-instance-maker", template, template)).toMatchObject({ exitCode: 111, stderr: `s6-instance-maker: fatal: unable to mkdir ${template}: File exists\n` });
      expect(run(bin, "s6-instance-maker", template, join(cwd, "file")).exitCode).toBe(111);
    }
    expect(readdirSync(template).sort()).toEqual(["data", "finish", "run"]);
    expect(readFileSync(join(cwd, "file"), "utf8")).toBe("kept");
  });

  test("gives the directories their mode, and the files that of the umask", () => {
    const { cwd, template } = makeTemplate();
    expect(spawnSync("sh", ["-c", `umask 077; exec ${OUR_BIN}/s6-instance-maker ${template} ${cwd}/made`]).status).toBe(0);
    const modes = Object.fromEntries(Object.entries(listing(join(cwd, "made"))).map(([path, text]) => [path, text.split(" ")[0]]));
    expect(modes).toMatchObject({ run: "100700", "notification-fd": "100600", instance: "40755", instances: "40755" });
  });
});

describe("s6-usertree-maker", () => {
  test.each([
    [["nobody", "/var/log/x"]],
    [["-d", "/x y", "-p", '/usr/bin:/q"r', "nobody", "/var/log/x"]],
    [["-d", `\${HOME}/`, "-p", "", "nobody", "/var/log/x"]],
    [["-E", "/etc/env", "nobody", "/var/log/x"]],
    [["-E", "", "nobody", "/var/log/x"]],
    [["-e", "A", "nobody", "/var/log/x"]],
    [["-E", "env", "-e", "A", "-e", 'b"c', "-e", "x y", "-e", "", "-d", `\${HOME}/foo\${A}`, "nobody", `/var/log/\${A}`]],
    [["-r", "service/logger", "nobody", "/var/log/x"]],
    [["-r", "service/logger/pipeline", "-l", "games", "-t", "3", "-n", "2", "-s", "4096", "-S", "9", "-P", "p", "no body", "/var/log/x"]],
    [["", "/"]],
  ])("writes what C writes: %j", (args) => {
    const [mine, yours] = both(makeTempDirectory(), "s6-usertree-maker", ...args);
    expect(Object.keys(mine).length).toBeGreaterThan(4);
    expect(mine).toEqual(yours);
  });

  test.each([
    [[]], [["nobody"]], [["nobody", "relative"]], [["-d", "relative", "nobody", "/x"]], [["-d", `\${HOME}`, "nobody", "/x"]], [["-e", "a=b", "nobody", "/x"]],
    [["-r", "s", "nobody", "/x"]], [["-r", "s/", "nobody", "/x"]], [["-r", "/l", "nobody", "/x"]], [["-r", "s/l/", "nobody", "/x"]], [["-t", "4", "nobody", "/x"]],
    [["-n", "x", "nobody", "/x"]], [[...Array.from({ length: 65 }, (_, index) => ["-e", `V${index}`]).flat(), "nobody", "/x"]],
  ])("fails as C does, and leaves nothing: %j", (args) => {
    both(makeTempDirectory(), "s6-usertree-maker", ...args);
  });
});
