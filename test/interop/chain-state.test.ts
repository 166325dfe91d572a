import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { chainWith, sameChain, STATE } from "../support/chains.ts";
import { OUR_BIN } from "../support/executables.ts";

const SEED = 20260727;
const same = (script: string, ...args: readonly string[]) => sameChain({ cwd: makeTempDirectory(), env: { UID: "1", GID: "2", GIDLIST: "3,4" } }, script, ...args);

/** What is unusual before the chain begins. */
const CIRCUMSTANCES = [
  "", "exec <&-;", "exec 5</dev/null 9>/dev/null 40</dev/null;", "exec 3</dev/null 5</dev/null <&-;", "trap '' HUP USR1 TTOU; umask 027;", "ulimit -Sn 77;", "ulimit -n 300; ulimit -c 0; cd /;",
  "exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null 10</dev/null 20</dev/null;", "set -m; exec 2>/dev/null;",
  "exec perl -MPOSIX -e 'sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGUSR2, SIGTERM)); exec @ARGV' ",
];
const LINKS = [
  "$BIN/s6-envdir -I nonexistent", "$BIN/s6-envuidgid -B daemon:bin", "$BIN/s6-applyuidgid -g 5 -G 1,2,5,3,5", "$BIN/s6-applyuidgid -Uz", "$BIN/s6-setuidgid nobody",
  "$BIN/s6-setuidgid 5:6", "$BIN/s6-setuidgid ''", "$BIN/s6-setlock lock", "$BIN/s6-setlock -r lock", "$BIN/s6-setlock -n /dev/null", "$BIN/s6-setsid", "$BIN/s6-setsid -qb", "$BIN/s6-softlimit -c 0 -o 50 -f 12345678",
  "$BIN/s6-softlimit -H -l 1000 -p 5000 -s 4000000 -t 1000", "$BIN/s6-softlimit -c = -H -o 60 -d 500000000",
];

describe("what the program finds", () => {
  test.each(LINKS)("behind %s", (link) => {
    for (const before of CIRCUMSTANCES.slice(0, 4)) expect(same(`${before} ${before.startsWith("exec perl") ? "" : "exec"} ${link} ${STATE}`).stdout).toContain("SigIgn");
  });

  test.each(CIRCUMSTANCES)("after %s", (before) => {
    for (const link of LINKS.slice(-6)) expect(same(`${before} ${before.startsWith("exec perl") ? "" : "exec"} ${link} ${STATE}`).stdout).toContain("SigIgn");
  });

  test("behind any chain", () => {
    const unprivileged = fc.array(fc.constantFrom(...LINKS.filter((link) => !/uidgid [n5-]/.test(link) && !link.includes("-l 1000"))), { minLength: 2, maxLength: 4 });
    fc.assert(fc.property(unprivileged, fc.constantFrom(...CIRCUMSTANCES.slice(0, -1)), (links, before) => {
      same(`${before} exec ${links.join(" ")} ${STATE}`);
    }), { seed: SEED, numRuns: 12 });
  });
});

describe.each([
  ["s6-applyuidgid", ["-u x true", "-u '' true", "-u -1 true", "-g 4294967296 true", "-U true", "-Uu 7 id", "-u 7 -U id", "-G , id", "-G '' id", "-G '1 , 2' id", "-g 0 -G 5,0 id", "-u 4294967295 id",
    "-u 5 --", "-u5 -", "-u 5 $BIN/s6-applyuidgid -g 5 id", "-u 5 $BIN/s6-applyuidgid -u 6 id", "-u 5 $BIN/s6-applyuidgid -G 6 id", "-z cat /proc/self/environ", "-Uz cat /proc/self/environ", "", "-x true"]],
  ["s6-setuidgid", ["", "a", "'' id", "nobody id", "5:6 id", "0:5 id", "nobody:tty id", ":5 id", "5: id", "5:6:7 id", "nope id", "55 id", "nobody cat /proc/self/environ", "5:6 cat /proc/self/environ", "nobody nonexistent", "'' nonexistent",
    "'' ''", "nobody ''", "nobody -x", "nobody -- id", "nobody $BIN/s6-envuidgid -u daemon cat /proc/self/environ"]],
  ["s6-softlimit", ["", "-a x true", "-a -1 true", "-a '' true", "-a == true", "-a 18446744073709551616 true", "-o 18446744073709551615 true", "-h -o 1 true", "-H -o 99999999999 true", "-a 1000 true", "-s 1000 true", "-d 1000 true",
    "-m 3000000 true", "-H -a 30000000 nonexistent", "-H -o 10 -o 9 true", "-H -o 10 -o 11 true", "-H -c 5 -h -c = true", "-a 100000000 /etc", "-c 5", "-a", "-f 0 echo x",
    "-H -c 10 $BIN/s6-applyuidgid -u 5 $BIN/s6-softlimit -H -c 11 true", "-H -c 10 $BIN/s6-applyuidgid -u 5 $BIN/s6-softlimit -H -c 5 -c 6 true", "-H -d 1000000 -s 10000 -a 50000000 ./nonexistent"]],
  ["s6-setlock", ["", "lock", "-t x lock true", "-d x lock true", "/nonexistent/lock true", "-r /nonexistent/lock true", "/etc true", "-r /etc true", "'' true", "-n lock nonexistent", "-nw /dev/null echo on",
    "lock -n true", "-r lock $BIN/s6-setlock -nr lock echo both", "-N -n -N lock echo on", "-t 500 lock echo on", "-rw lock grep -c flags /proc/self/fdinfo/3"]],
  ["s6-setsid", ["", "true", "-i true", "-q true", "-bi true", "-sb true", "-fi -d 99 true", "-gq -d 99 true", "-f -d 0 true"]],
  ["s6-fghack", ["", "sh -c 'exit 20'", "sh -c 'echo x >&7'", "sh -c 'echo x >&7; exit 5'", "nonexistent", "/etc", "-x", "-- true", "sh -c 'sleep 0.1 & exit 3'", "sh -c 'echo out; echo err >&2; ls /proc/self/fd | wc -l'"]],
] as const)("%s", (program, commandLines) => {
  test.each(commandLines)("%s", (args) => void same(`exec $BIN/${program} ${args} </dev/null`));
});

describe("s6-setlock", () => {
  const HOLDING = `'for options in -n -nr; do $BIN/s6-setlock $options lock true; echo $?; /usr/bin/s6-setlock $options lock true; echo $?; done; cut -d" " -f2-5 /proc/self/fdinfo/3; (exec 3>&-; $BIN/s6-setlock -n lock true); echo $?'`;

  test.each(["", "-r", "-n", "-d 3"])("%s: C's tools see the lock, as long as the program lives", (options) => {
    const cwd = makeTempDirectory();
    const run = (opts: string) => chainWith(OUR_BIN, { cwd }, `$BIN/s6-setlock ${opts} lock bash -c ${HOLDING}; /usr/bin/s6-setlock -n lock echo free`);
    const { stdout, stderr } = run(options);
    expect(stdout).toMatch(/\nfree\n$/);
    if (options === "-d 3") expect({ stdout, stderr }).toEqual((({ stdout: out, stderr: err }) => ({ stdout: out, stderr: err }))(run("")));
    else same(`$BIN/s6-setlock ${options} lock bash -c ${HOLDING}; /usr/bin/s6-setlock -n lock echo free`);
  });

  test.each([3, 5, 11, 17, 40, 0])("-d %i: the descriptor has that number, and no other", (fd) => {
    const script = `exec $BIN/s6-setlock -d ${fd} lock bash -c 'readlink /proc/$$/fd/* | grep -c /lock$; readlink /proc/$$/fd/${fd}; $BIN/s6-setlock -n lock true; echo $?'`;
    expect(chainWith(OUR_BIN, { cwd: makeTempDirectory() }, script).stdout).toMatch(/^1\n.*\/lock\n1\n$/);
  });

  test("-d with a number that the limit forbids", () => {
    expect(chainWith(OUR_BIN, { cwd: "/" }, "ulimit -Sn 50; exec $BIN/s6-setlock -d 50 /dev/null true")).toMatchObject({
      exitCode: 111, stderr: "s6-setlock: fatal: unable to move descriptor to 50: Bad file descriptor\n",
    });
  });

  test("-t gives up, -n -t does not wait, and a program that fails after it has its own code", () => {
    const busy = (args: string) => chainWith(OUR_BIN, { cwd: makeTempDirectory() }, `/usr/bin/s6-setlock lock $BIN/s6-setlock ${args}`);
    expect(busy("-t 20 lock true")).toMatchObject({ exitCode: 0 }); // the same process: no conflict
    const forked = (args: string) => chainWith(OUR_BIN, { cwd: makeTempDirectory() }, `/usr/bin/s6-setlock lock sh -c '$BIN/s6-setlock ${args}; exit $?'`);
    expect(forked("-t 20 lock true")).toMatchObject({ exitCode: 1, stderr: "s6-setlock: fatal: lock lock: timed out\n" });
    expect(forked("-d 12 -t 20 lock true")).toMatchObject({ exitCode: 1, stderr: "s6-setlock: fatal: lock lock: timed out\n" });
    expect(forked("-n -t 100000 lock true")).toMatchObject({ exitCode: 1, stderr: "s6-setlock: fatal: unable to lock lock: Device or resource busy\n" });
    expect(forked("-d 9 -t 100000 other nonexistent")).toMatchObject({ exitCode: 127, stderr: "s6-setlock: fatal: unable to exec nonexistent: No such file or directory\n" });
  });

  test.each(["", "-t 15000", "-t 0", "-d 7 -t 15000"])("%s waits until it is free", (options) => {
    const script = `mkfifo held; /usr/bin/s6-setlock lock sh -c 'echo >held; until test -e waiting; do sleep 0.01; done; sleep 0.1; rm -f mine' & read x <held; touch mine
      $BIN/s6-setlock ${options} lock sh -c 'test -e mine || echo after; sed -n /SigCgt/p /proc/self/status' & pid=$!; touch waiting; wait $pid`;
    expect(chainWith(OUR_BIN, { cwd: makeTempDirectory() }, script)).toMatchObject({ exitCode: 0, stdout: "after\nSigCgt:\t0000000000000000\n", stderr: "" });
  });
});

describe("s6-setsid on a terminal", () => {
  const onTerminal = (command: string): string => `script -qec ${JSON.stringify(command).replaceAll("$", "\\$")} /dev/null </dev/null`;
  const WHERE = `sh -c 'set -- $(sed "s/.*) //" /proc/$$/stat); for id in $3 $4 $6; do test $id = $$ && echo yes || echo no; done'`;

  test.each(["-s", "-b", "-bq"])("%s", (options) => void same(onTerminal(`$BIN/s6-setsid ${options} ${WHERE}; true`)));
  test("-f with SIGTTOU ignored", () => void same(onTerminal(`trap '' TTOU; $BIN/s6-setsid -fi -d 0 ${WHERE}; true`)));

  // C's 2.11 waits for ever in the background.
  test("-g and the long names take /dev/tty", () => {
    for (const options of ["-gi -d 1", "--foreground-process-group-grab --ctty=2", "-gi", "--foreground-process-group-grab --strict", "--process-group --foreground --grab -i"]) {
      const { stdout } = chainWith(OUR_BIN, { cwd: "/" }, onTerminal(`$BIN/s6-setsid ${options} ${WHERE} <&-; true`));
      expect(stdout).toBe("yes\r\nno\r\nyes\r\n");
    }
  });

  test("without a terminal that is an error, strict or not", () => {
    expect(chainWith(OUR_BIN, { cwd: "/" }, "setsid $BIN/s6-setsid -fq true")).toMatchObject({
      exitCode: 111, stderr: "s6-setsid: fatal: unable to open /dev/tty: No such device or address\n",
    });
  });

  test.each([["-x", "unrecognized short option: x"], ["--what", "unrecognized boolean option: --what"], ["-d x", "ctty must be an unsigned integer"]])("%s is no option", (options, text) => {
    expect(chainWith(OUR_BIN, { cwd: "/" }, `exec $BIN/s6-setsid ${options} true`)).toMatchObject({ exitCode: 100, stderr: `s6-setsid: fatal: ${text}\n` });
  });
});

describe("where 2.15 and we differ from C's 2.11", () => {
  test.each([["exit 200", 128], ["kill -9 $$", 137]])("s6-fghack: %s", (script, exitCode) => {
    const { stderr, ...rest } = chainWith(OUR_BIN, { cwd: "/" }, 'exec $BIN/s6-fghack sh -c "$1"', script);
    expect(rest).toMatchObject({ exitCode });
    expect(stderr).toBe("s6-fghack: warning: this program is obsolescent, please use s6-background-watch instead\n");
  });

  test("s6-softlimit does not know every option", () => {
    expect(chainWith(OUR_BIN, { cwd: "/" }, "exec $BIN/s6-softlimit -x true").exitCode).toBe(100);
    expect(chainWith(OUR_BIN, { cwd: "/" }, "exec $BIN/s6-softlimit -P 0 true").exitCode).toBe(0);
  });

  test("the programs find their way through each other", () => {
    const cwd = makeTempDirectory();
    mkdirSync(join(cwd, "env"));
    expect(chainWith(OUR_BIN, { cwd }, "exec s6-envdir env s6-setlock lock s6-setsid s6-softlimit -o 99 s6-setuidgid daemon sh -c 'ulimit -Sn; id -un'").stdout).toBe("99\ndaemon\n");
  });
});
