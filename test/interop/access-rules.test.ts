import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { makeCdb } from "../../src/formats/cdb.ts";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { chainWith, sameChain } from "../support/chains.ts";
import { OUR_BIN } from "../support/executables.ts";

/** Makes rules in r, and lets clients in: what each comes to, pids aside. */
const HELPERS = `
allow() { mkdir -p r/$1; : > r/$1/allow; }
deny() { mkdir -p r/$1; : > r/$1/deny; }
var() { mkdir -p r/$1/env; printf "$3" > r/$1/env/$2; }
command_line() { mkdir -p r/$1; printf "$2" > r/$1/exec; }
compiled() { $BIN/s6-accessrules-cdb-from-fs rules.cdb r; }
as() { env PROTO=IPC IPCREMOTEEUID=$1 IPCREMOTEEGID=$2 IPCREMOTEPATH=there IPCCONNNUM=3 A=before "\${@:3}" 2>&1 | sed "s/pid [0-9][0-9]*/pid P/; s/: usage.*/: usage/"; echo "code \${PIPESTATUS[0]}"; }
shown() { as $1 $2 $BIN/s6-ipcserver-access -v2 "\${@:3}" sh -c 'env | grep -a "^[ABC]=\\|PROTO\\|IPC" | sort; echo ran'; }
clients() { for form in "-i r" "-x rules.cdb"; do for ids in "0 0" "0 7" "7 0" "7 8" "1000 100" "4294967295 1"; do echo "$form $ids"; shown $ids $form -l here; done; done; }
`;

let cwd: string;
beforeEach(() => {
  cwd = makeTempDirectory();
});
const same = (script: string): string => sameChain({ cwd }, `${HELPERS}\nrm -rf * .[a-z]*; mkdir r\n${script}`).stdout;

describe("the first rule that is there decides", () => {
  test.each([
    ["none", "true"],
    ["uid/self", "allow uid/self; deny uid/0; deny gid/0"],
    ["uid/self refuses", "deny uid/self; allow uid/0; allow uid/default"],
    ["a number", "allow uid/7; deny gid/0; deny uid/default"],
    ["a number refuses", "deny uid/1000; allow gid/100"],
    ["gid/self", "allow gid/self; deny gid/0; deny uid/default"],
    ["a group", "allow gid/7; allow gid/8; deny uid/default"],
    ["a group refuses", "deny gid/8; deny gid/0; allow uid/default"],
    ["the default", "allow uid/default"],
    ["the default refuses", "deny uid/default"],
    ["another default is none", "allow gid/default; allow default/uid"],
    ["allow beats deny", "allow uid/7; deny uid/7"],
    ["a directory without either is none", "mkdir -p r/uid/7 r/gid/0; allow uid/default"],
    ["hidden ones count in no database", "allow .uid/7; deny uid/.default; allow uid/default"],
    ["a link", "allow real/thing; mkdir r/uid; ln -s ../real/thing r/uid/7"],
    ["a link to nowhere", "mkdir r/uid; ln -s nowhere r/uid/7; allow uid/default"],
    ["the highest number", "allow uid/4294967295"],
  ])("%s", (_, rules) => {
    expect(same(`${rules}; compiled; clients`)).toContain("code");
  });
});

describe("what a rule does to the environment", () => {
  test.each([
    ["sets and removes", "var uid/default B 'x  \\t\\nnext'; var uid/default A ''; var uid/default C '\\n'"],
    ["NUL is a newline", "var uid/default B 'x\\0y'"],
    ["what is hidden or holds = is no variable", "var uid/default .B x; var uid/default A=B x"],
    ["variables of the super-server", "var uid/default PROTO x; var uid/default IPCREMOTEPATH ''; var uid/default IPCLOCALPATH mine"],
    ["no more than 4095 bytes of a file", "mkdir -p r/uid/default/env; head -c 4200 /dev/zero | tr '\\0' y > r/uid/default/env/B"],
    ["a variable that is a directory", "mkdir -p r/uid/default/env/B"],
    ["a link to nowhere", "mkdir -p r/uid/default/env; ln -s nowhere r/uid/default/env/B"],
    ["env that is a file", ": > r/uid/default/env"],
  ])("%s", (_, rules) => {
    expect(same(`allow uid/default; ${rules}; shown 7 7 -i r -l here; shown 7 7 -i r -E; shown 7 7 -l here -E -e`)).toContain("code");
  });

  test("in a database, too", () => {
    expect(same("allow uid/default; var uid/default B 'x  \\n'; var uid/default A ''; var uid/default C '\\n'; compiled; shown 7 7 -x rules.cdb -l here")).toContain("ran");
  });

  test.each(["echo instead", "env -u A sh -c env", "", "# nothing", "echo a\\0b", "\\0b", "nonexistent", "echo {"])("exec with %j takes the place of the program", (text) => {
    expect(same(`allow uid/default; command_line uid/default "${text}"; compiled; shown 7 7 -i r -l here | grep -v "^PATH\\|^_=\\|^BIN"; shown 7 7 -x rules.cdb -l here | grep -v "^PATH\\|^_=\\|^BIN"`)).toContain("code");
  });

  test("exec has 4096 bytes", () => {
    expect(same("allow uid/default; (printf 'echo '; head -c 5000 /dev/zero | tr '\\0' y) > r/uid/default/exec; shown 7 7 -i r -l here | wc -c; compiled; shown 7 7 -x rules.cdb -l here | wc -c")).toContain("4");
  });
});

describe("what it says, and how it ends", () => {
  test.each([
    "s6-ipcserver-access", "s6-ipcserver-access -v x true", "s6-ipcserver-access -v -1 true", "s6-ipcserver-access -z true", "s6-ipcserver-access -i", "s6-ipcserver-access -E true",
    "s6-ipcserver-access -v0 -E true", "s6-ipcserver-access -v2 -E true", "s6-ipcserver-access true", "s6-ipcserver-access -E nonexistent", "s6-ipcserver-access -E -i none true", "s6-ipcserver-access -E -x none true",
    "s6-ipcserver-access -E -i none -x none true", "s6-ipcserver-access -E -x none -i none true", "s6-ipcserver-access -v1 -E -i r true", "s6-ipcserver-access -v0 -E -i r true", "s6-ipcserver-access -E -i /dev/null true",
    "s6-connlimit", "s6-connlimit true", "s6-connlimit nonexistent", "s6-connlimit -- true", "s6-connlimit s6-connlimit echo on",
    "s6-connlimit /dev/null/x", `s6-connlimit ${"x".repeat(300)}`, `s6-connlimit /${"x".repeat(300)}`,
  ])("%s", (line) => {
    expect(same(`as 7 7 $BIN/${line}`)).toContain("code");
  });

  test.each(["", "PROTO=", "PROTO=IPC", "PROTO=TCP TCPREMOTEEUID=1 TCPREMOTEEGID=1 TCPCONNNUM=1", "PROTO=IPC IPCREMOTEEUID=x", "PROTO=IPC IPCREMOTEEUID=", "PROTO=IPC IPCREMOTEEUID=1", "PROTO=IPC IPCREMOTEEUID=1 IPCREMOTEEGID=4294967296", "PROTO=IPC IPCREMOTEEUID=-1",
    "PROTO=IPC IPCCONNNUM=x", "PROTO=IPC IPCCONNNUM=", "PROTO=IPC IPCCONNNUM=2 IPCCONNMAX=1", "PROTO=IPC IPCCONNNUM=2 IPCCONNMAX=2", "PROTO=IPC IPCCONNNUM=2 IPCCONNMAX=03", "PROTO=IPC IPCCONNNUM=4 IPCCONNMAX=03", "PROTO=IPC IPCCONNNUM=2 IPCCONNMAX=", "PROTO=IPC IPCCONNNUM=2 IPCCONNMAX=x"])("with %j", (variables) => {
    expect(same(`for line in "s6-ipcserver-access -v2 -l here env" "s6-connlimit env"; do env -i PATH=$PATH ${variables} $BIN/$line 2>&1 | sed "s/pid [0-9]*/pid P/" | sort; echo "\${PIPESTATUS[0]}"; done`)).toContain("\n");
  });

  test("what somebody else may not read counts as he sees it", () => {
    const unreadable = ["r/uid/7/allow", "r/uid/7/env", "r/uid/7/env/B", "r/uid/7/exec", "r/uid/7", "r/uid", "r"];
    expect(same(`chmod 755 .; allow uid/7; var uid/7 B x; command_line uid/7 'echo instead'; deny uid/default
      for file in ${unreadable.join(" ")}; do mode=$(stat -c %a $file); chmod 0 $file; echo $file; setpriv --reuid 65534 --regid 65534 --clear-groups bash -c "$(declare -f as shown); shown 7 7 -i r -l here"; chmod $mode $file; done`)).toContain("code 111");
  });

  test("a socket on stdin has the path of its server", () => {
    expect(same(`env -i PATH=/usr/bin:/bin /usr/bin/s6-ipcserver socket $BIN/s6-ipcserver-access -v0 env & server=$!; while ! test -S socket; do sleep 0.02; done
      /usr/bin/s6-ipcclient socket sh -c 'cat <&6' | grep -v "^PATH\\|CONNNUM" | sort; kill $server`)).toContain("IPCLOCALPATH=socket\n");
  });
});

describe("databases", () => {
  const RULES = "allow uid/0; var uid/0 B 'x y\\n'; var uid/0 A ''; command_line uid/0 'env'; deny uid/7; allow gid/0; command_line gid/0 'echo hi'; deny uid/default; allow ip4/1.2.3.4_32";

  test.each([["ours", OUR_BIN, C_BIN], ["C's", C_BIN, OUR_BIN]])("%s is read by the others", (_, maker, reader) => {
    const made = chainWith(maker, { cwd }, `${HELPERS}\nmkdir r; ${RULES}; compiled; stat -c %a rules.cdb; find r | sort > before; cp -a r r.old`);
    expect(made).toMatchObject({ exitCode: 0, stderr: "", stdout: "600\n" });
    const seen = (bin: string, form: string): string => chainWith(bin, { cwd }, `${HELPERS}\nfor ids in "0 0" "7 0" "8 0" "8 8"; do shown $ids ${form} -l here; done`).stdout.replaceAll(OUR_BIN, C_BIN);
    expect(seen(reader, "-x rules.cdb")).toBe(seen(C_BIN, "-i r").replaceAll("-i r", "-x rules.cdb"));
    expect(chainWith(reader, { cwd }, "$BIN/s6-accessrules-fs-from-cdb again rules.cdb; diff -r r again && stat -c '%a %n' again/uid/0/env/B again/uid/0 again")).toMatchObject({ exitCode: 0, stderr: "", stdout: "644 again/uid/0/env/B\n755 again/uid/0\n755 again\n" });
  });

  test.each([
    ["no arguments", "$BIN/s6-accessrules-cdb-from-fs; $BIN/s6-accessrules-cdb-from-fs x; $BIN/s6-accessrules-fs-from-cdb x"],
    ["no directory", "$BIN/s6-accessrules-cdb-from-fs rules.cdb none"],
    ["a file among the kinds", ": > r/uid; $BIN/s6-accessrules-cdb-from-fs rules.cdb r"],
    ["a file among the keys", "mkdir r/uid; : > r/uid/7; $BIN/s6-accessrules-cdb-from-fs rules.cdb r"],
    ["a directory as exec", "allow uid/7; mkdir r/uid/7/exec; $BIN/s6-accessrules-cdb-from-fs rules.cdb r"],
    ["a directory as a variable", "allow uid/7; mkdir -p r/uid/7/env/B; $BIN/s6-accessrules-cdb-from-fs rules.cdb r"],
    ["exec that is too long", "allow uid/7; head -c 4096 /dev/zero > r/uid/7/exec; $BIN/s6-accessrules-cdb-from-fs rules.cdb r; $BIN/s6-accessrules-fs-from-cdb x rules.cdb; cmp x/uid/7/exec r/uid/7/exec && echo the same"],
    ["nothing in it", "$BIN/s6-accessrules-cdb-from-fs rules.cdb r; wc -c < rules.cdb; $BIN/s6-accessrules-fs-from-cdb x rules.cdb; find x"],
    ["a directory that is there", "compiled; $BIN/s6-accessrules-fs-from-cdb r rules.cdb"],
    ["no database", "$BIN/s6-accessrules-fs-from-cdb x none; echo short > short; $BIN/s6-accessrules-fs-from-cdb x short; ls -d x"],
    ["half a database", "allow uid/7; allow uid/8; compiled; head -c 2070 rules.cdb > half; $BIN/s6-accessrules-fs-from-cdb x half; ls -d x"],
    ["umask", "umask 077; allow uid/7; var uid/7 A b; compiled; $BIN/s6-accessrules-fs-from-cdb x rules.cdb; stat -c '%a %n' x x/uid/7 x/uid/7/allow x/uid/7/env/A; stat -c %a rules.cdb"],
  ])("with %s", (_, script) => {
    // Old programs say ": unable".
    expect(same(`{ ${script}; } 2>&1 | sed 's/: usage.*/: usage/; s/fatal: : unable/fatal: unable/'; echo "\${PIPESTATUS[0]}"; ls rules.cdb* 2>&1`)).not.toBe("");
  });

  test("a name that is taken by a directory leaves nothing behind", () => {
    const { exitCode, stderr } = chainWith(OUR_BIN, { cwd }, "mkdir r rules.cdb; $BIN/s6-accessrules-cdb-from-fs rules.cdb r");
    expect({ exitCode, stderr: stderr.replace(/fs:\w{6} /, "fs:X ") }).toEqual({
      exitCode: 111, stderr: "s6-accessrules-cdb-from-fs: fatal: unable to rename rules.cdb:s6-accessrules-cdb-from-fs:X to rules.cdb: Is a directory\n",
    });
    expect(readdirSync(cwd).sort()).toEqual(["r", "rules.cdb"]);
  });

  test("-m gives it other permissions, whatever the umask; variables that no reader accepts are an error", () => {
    const run = (line: string) => chainWith(OUR_BIN, { cwd }, `mkdir -p r; umask 077; ${line}`);
    expect(run("$BIN/s6-accessrules-cdb-from-fs -m 0644 rules.cdb r").exitCode).toBe(0);
    expect(statSync(join(cwd, "rules.cdb")).mode & 0o7777).toBe(0o644);
    expect(run("$BIN/s6-accessrules-cdb-from-fs --mode=640 rules.cdb r").exitCode).toBe(0);
    expect(statSync(join(cwd, "rules.cdb")).mode & 0o7777).toBe(0o640);
    expect(run("$BIN/s6-accessrules-cdb-from-fs -m 8 rules.cdb r")).toMatchObject({ exitCode: 100, stderr: "s6-accessrules-cdb-from-fs: fatal: mode needs to be an unsigned integer (in octal)\n" });
    expect(run("mkdir -p r/uid/7/env; : > r/uid/7/allow; head -c 4095 /dev/zero | tr '\\0' y > r/uid/7/env/A; $BIN/s6-accessrules-cdb-from-fs new.cdb r")).toMatchObject({
      exitCode: 100, stderr: "s6-accessrules-cdb-from-fs: fatal: r/uid/7/env too big\n",
    });
    expect(readdirSync(cwd).sort()).toEqual(["r", "rules.cdb"]);
  });

  test("nothing of a hostile database is written outside of the directory", () => {
    const entry = "A\0\0\0\0";
    const hostile = [["../escaped", entry], ["/escaped", entry], ["uid/../../escaped", entry], ["", entry], ["uid/\0", entry], ["uid/7", "A\0\u000d../../../x=y\0\0\0"], ["uid/7", "A\0\u0005/x=y\0\0\0"]] as const;
    for (const [key, data] of hostile) {
      writeFileSync(join(cwd, "hostile.cdb"), makeCdb([{ key: Buffer.from("uid/1"), data: Buffer.from("D") }, { key: Buffer.from(key), data: Buffer.from(data, "latin1") }]));
      expect(chainWith(OUR_BIN, { cwd }, "$BIN/s6-accessrules-fs-from-cdb x hostile.cdb")).toMatchObject({
        exitCode: 111, stderr: "s6-accessrules-fs-from-cdb: fatal: unable to handle cdb record: hostile.cdb does not contain valid accessrules data\n",
      });
      expect(readdirSync(cwd)).toEqual(["hostile.cdb"]);
    }
  });

  test("a database that is broken lets nobody in", () => {
    const good = Buffer.from(makeCdb([{ key: Buffer.from("uid/7"), data: Buffer.from("A\0\0\0\0") }, { key: Buffer.from("uid/default"), data: Buffer.from("A\0\0\0\0") }]));
    for (const size of [0, 100, 2048, 2060, 2066, good.length - 1]) {
      writeFileSync(join(cwd, "cut.cdb"), good.subarray(0, size));
      const outcome = chainWith(OUR_BIN, { cwd, env: { PROTO: "IPC", IPCREMOTEEUID: "7", IPCREMOTEEGID: "7" } }, "$BIN/s6-ipcserver-access -E -x cut.cdb echo in");
      if (size < 2066) expect(outcome).toMatchObject({ exitCode: 111, stdout: "", stderr: "s6-ipcserver-access: fatal: unable to check cdb ruleset in cut.cdb: Invalid argument\n" });
      else expect(outcome.stdout === "in\n" || outcome.exitCode === 111).toBe(true);
    }
  });

  test("a FIFO in a rule is an error, not a wait", () => {
    const outcome = (made: string) => chainWith(OUR_BIN, { cwd, env: { PROTO: "IPC", IPCREMOTEEUID: "7", IPCREMOTEEGID: "7" } }, `rm -rf r; mkdir -p r/uid/7/env; : > r/uid/7/allow; mkfifo r/uid/7/${made}; $BIN/s6-ipcserver-access -E -i r echo in`);
    for (const made of ["exec", "env/B"]) expect(outcome(made)).toMatchObject({ exitCode: 111, stdout: "", stderr: "s6-ipcserver-access: fatal: unable to check fs ruleset in r: Invalid argument\n" });
    expect(existsSync(join(cwd, "r"))).toBe(true);
    expect(readFileSync(join(cwd, "r/uid/7/allow"), "utf8")).toBe("");
  });
});
