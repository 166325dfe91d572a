import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expiryDate, listRequest, storeRequest } from "../../src/formats/fdholder.ts";
import { frame } from "../../src/formats/unixmessage.ts";
import { now } from "../../src/sys/clock.ts";
import { C_BIN, makeTempDirectory } from "../support/c-tree.ts";
import { chainWith, type Outcome } from "../support/chains.ts";
import { OUR_BIN } from "../support/executables.ts";
import { EVERYTHING, rawClient, type RightsEnv, startHolder, writeRights } from "../support/fdholders.ts";
import { BINS } from "../support/peers.ts";
import { eventually } from "./svscan-tree.ts";

/** Every client of ours and of C's with every daemon of ours and of C's. */

const PAIRS = BINS.flatMap(([client, bin]) => BINS.map(([server, daemon]) => [`${client} clients, ${server} daemon`, bin, daemon] as const));
const LINES = "one\ntwo\n";

/** A script of bash in a directory with a file of two lines, in which $S is the socket and $BIN the place of the clients. */
function talk(bin: string, socket: string, script: string, env: Readonly<Record<string, string>> = {}): Outcome {
  const cwd = makeTempDirectory();
  writeFileSync(join(cwd, "file"), LINES);
  return chainWith(bin, { cwd, env: { ...env, S: socket } }, script);
}

const said = ({ stdout, stderr }: Outcome): string => stdout + stderr;

describe.each(PAIRS)("%s", (_pair, bin, daemon) => {
  const begin = async (options?: Parameters<typeof startHolder>[1]) => {
    const holder = await startHolder(daemon, options);
    return { ...holder, talk: (script: string, env?: Readonly<Record<string, string>>) => talk(bin, holder.socket, script, env) };
  };

  test("what is stored can be retrieved, again and again, until it is deleted", async () => {
    const holder = await begin();
    expect(holder.talk(`
      $BIN/s6-fdholder-store $S it <file && $BIN/s6-fdholder-store -d 5 -T 100000 -t 5000 $S other 5<file
      $BIN/s6-fdholder-list $S
      $BIN/s6-fdholder-retrieve $S it head -n 1
      $BIN/s6-fdholder-retrieve $S it cat
      $BIN/s6-fdholder-retrieve -D -t 5000 $S other cat
      $BIN/s6-fdholder-delete $S it; echo $?; $BIN/s6-fdholder-list -t 5000 $S`)).toEqual({
      exitCode: 0, signal: null, stdout: "it\nother\none\ntwo\none\ntwo\n0\n", stderr: "",
    });
    holder.kill("SIGTERM");
    expect(await holder.ended).toBe(0);
  });

  test("what it refuses is told by the words of the error", async () => {
    const holder = await begin({ args: ["-n", "2"] });
    expect(said(holder.talk(`
      for id in a a b c; do $BIN/s6-fdholder-store $S $id <file; echo $?; done
      $BIN/s6-fdholder-retrieve $S d true; echo $?
      $BIN/s6-fdholder-retrieve -D $S d true; echo $?
      $BIN/s6-fdholder-store -d 9 $S x; echo $?
      $BIN/s6-fdholder-store $S "" <file; echo $?
      $BIN/s6-fdholder-store $S $(printf %256s | tr ' ' x) <file; echo $?
      $BIN/s6-fdholder-store $S-not-there x <file; echo $?`).valueOf() as Outcome).replaceAll(holder.socket, "SOCKET")).toBe([
      "0\n1\n0\n1\n1\n1\n1\n1\n1\n111\n",
      "s6-fdholder-store: fatal: unable to store fd: Device or resource busy\n",
      "s6-fdholder-store: fatal: unable to store fd: Too many open files in system\n",
      "s6-fdholder-retrieve: fatal: unable to retrieve fd for id d: No such file or directory\n",
      "s6-fdholder-retrieve: fatal: unable to retrieve fd for id d: No such file or directory\n",
      "s6-fdholder-store: fatal: unable to store fd: Bad file descriptor\n",
      "s6-fdholder-store: fatal: unable to store fd: Broken pipe\n",
      "s6-fdholder-store: fatal: unable to store fd: File name too long\n",
      "s6-fdholder-store: fatal: unable to connect to a fd-holder daemon at SOCKET-not-there: No such file or directory\n",
    ].join(""));
    expect(holder.talk("$BIN/s6-fdholder-delete $S d").stderr).toMatch(/^s6-fdholder-delete: fatal: unable to delete fd for id .*: No such file or directory\n$/);
  });

  const refused = (what: string): string => `s6-fdholder-${what}: Operation not permitted\n`;
  test.each<[string, RightsEnv, string]>([
    ["nothing", {}, refused("store: fatal: unable to store fd") + refused("retrieve: fatal: unable to retrieve fd for id web:1") + refused("list: fatal: unable to get fd list") + refused("getdump: fatal: unable to get dump")],
    ["to store some", { STORE_REGEX: "^web:", LIST: "yes" }, `${refused("retrieve: fatal: unable to retrieve fd for id web:1")}web:1\n${refused("getdump: fatal: unable to get dump")}`],
    ["to store what no name is", { STORE_REGEX: "^x", LIST: "" }, refused("store: fatal: unable to store fd") + refused("retrieve: fatal: unable to retrieve fd for id web:1") + refused("getdump: fatal: unable to get dump")],
    ["an extended expression, anywhere in the name", { STORE_REGEX: "(b|x):[0-9]$", RETRIEVE_REGEX: "^w?e?b", GETDUMP: "" }, `one\n${refused("list: fatal: unable to get fd list")}dumped\n`],
    ["everything, by an empty expression", EVERYTHING, "one\nweb:1\ndumped\n"],
  ])("rights: %s", async (_what, rights, expected) => {
    const holder = await begin({ rights });
    expect(said(holder.talk(`exec 2>&1
      $BIN/s6-fdholder-store $S web:1 <file
      $BIN/s6-fdholder-retrieve $S web:1 head -n1
      $BIN/s6-fdholder-list $S
      $BIN/s6-fdholder-getdump $S echo dumped`))).toBe(expected);
  });

  test("to take something away needs the right to store it, too; dumps have rights of their own", async () => {
    const holder = await begin({ rights: { RETRIEVE_REGEX: "", GETDUMP: "" } });
    expect(said(holder.talk(`exec 2>&1; $BIN/s6-fdholder-retrieve -D $S x true; $BIN/s6-fdholder-retrieve $S x true; $BIN/s6-fdholder-delete $S x
      $BIN/s6-fdholder-getdump $S true && env 'S6_FD#=1' S6_FD_0=0 S6_FDID_0=x $BIN/s6-fdholder-setdump $S`)).replace(/for id \S*:/g, "for id:")).toBe([
      refused("retrieve: fatal: unable to retrieve fd for id"), "s6-fdholder-retrieve: fatal: unable to retrieve fd for id: No such file or directory\n",
      refused("delete: fatal: unable to delete fd for id"), refused("setdump: fatal: unable to set dump"),
    ].join(""));
  });

  test("a list has a line for every name", async () => {
    const holder = await begin();
    const names = String.raw`$'a b"c' $'\a\b\t\n\v\f\r' $'\x01\x1f\x7f\x80\xff' $'back\\slash'`;
    expect(holder.talk(`for id in ${names}; do $BIN/s6-fdholder-store $S "$id" <file || exit; done; $BIN/s6-fdholder-list $S | sort`).stdout).toBe(
      ["\\0x01\\0x1f\\0x7f\\0x80\\0xff", "\\a\\b\\t\\n\\v\\f\\r", 'a b"c', "back\\\\slash", ""].join("\n"));
  });

  test("what has a lifetime is dropped when it is over", async () => {
    const holder = await begin();
    expect(holder.talk("$BIN/s6-fdholder-list $S").exitCode).toBe(0); // so it has opened all that it needs itself
    const client = rawClient(holder.socket);
    client.say(frame(listRequest()), []);
    expect(client.code()).toBe(0);
    const before = holder.descriptors() - 1;
    client.close();
    expect(holder.talk("$BIN/s6-fdholder-store -T 200 $S short <file && $BIN/s6-fdholder-store $S long <file && $BIN/s6-fdholder-list $S").exitCode).toBe(0);
    await eventually(() => holder.talk("$BIN/s6-fdholder-list $S").stdout).toBe("long\n");
    await eventually(() => holder.descriptors()).toBe(before + 1);
  });

  test.each([0, 1, 2, 253])("a dump of %d goes out and comes back", async (count) => {
    const source = await begin();
    const destination = await startHolder(daemon, { directory: source.directory, name: "other" });
    const filler = rawClient(source.socket);
    for (let index = 0; index < count; index++) {
      filler.say(frame(storeRequest(`id-${index}`, expiryDate(now().at, index % 2 === 0 ? undefined : 1_000_000)), 1), [0]);
      expect(filler.code()).toBe(0);
    }
    filler.close();
    const env = { OTHER: destination.socket };
    expect(source.talk('$BIN/s6-fdholder-transferdump -t 10000:10000 $S $OTHER && $BIN/s6-fdholder-getdump $OTHER env | grep -c -a -E "^S6_FD(ID)?_"', env).stdout).toBe(`${2 * count}\n`);
    expect(source.talk("$BIN/s6-fdholder-getdump -t 10000 $S $BIN/s6-fdholder-setdump -t 10000 $OTHER && $BIN/s6-fdholder-list $OTHER | wc -l", env).stdout).toBe(`${count}\n`);
    // What has a date keeps it.
    const limits = source.talk('$BIN/s6-fdholder-getdump $OTHER env | grep -a ^S6_FDLIMIT_ | sort', env).stdout;
    expect(limits.match(/^S6_FDLIMIT_[0-9]+=@40000000[0-9a-f]{16}$/gm) ?? []).toHaveLength(Math.floor(count / 2));
  });

  test("a dump replaces what is there under the same name, and counts all that comes against the limit", async () => {
    const holder = await begin({ args: ["-n", "3"] });
    expect(holder.talk(`echo other >other
      $BIN/s6-fdholder-store $S x <file; $BIN/s6-fdholder-store $S y <file
      env 'S6_FD#=1' S6_FD_0=7 S6_FDID_0=x S6_FDLIMIT_0=@400000007fffffff00000000 $BIN/s6-fdholder-setdump $S 7<other
      $BIN/s6-fdholder-retrieve $S x cat; $BIN/s6-fdholder-list $S | sort
      env 'S6_FD#=2' S6_FD_0=0 S6_FDID_0=x S6_FD_1=0 S6_FDID_1=y $BIN/s6-fdholder-setdump $S`)).toMatchObject({
      exitCode: 1, stdout: "other\nx\ny\n", stderr: "s6-fdholder-setdump: fatal: unable to set dump: Too many open files in system\n",
    });
  });

  test("SIGTERM: the exit code says what is lost", async () => {
    const holder = await begin();
    holder.talk("$BIN/s6-fdholder-store $S x <file");
    const client = rawClient(holder.socket);
    client.say(frame(Buffer.from("L")));
    expect(client.code()).toBe(0);
    holder.kill("SIGTERM");
    expect(await holder.ended).toBe(3);
  });

  test("a rule that denies, one that can't be understood, and none: the connection is closed", async () => {
    const holder = await begin({ rights: { STORE_REGEX: "(" } });
    const attempt = (): string => said(holder.talk("$BIN/s6-fdholder-list $S"));
    expect(attempt()).toMatch(/^s6-fdholder-list: fatal: unable to get fd list: (Broken pipe|Connection reset by peer)\n$/);
    await eventually(() => holder.stderr()).toContain("s6-fdholderd: warning: invalid S6_FDHOLDER_STORE_REGEX value: (: ");
  });
});

describe.each(BINS)("%s", (_name, bin) => {
  test("a database of rules is read again on SIGHUP", async () => {
    const directory = makeTempDirectory();
    writeRights(join(directory, "rules"), { LIST: "" });
    const compile = (): void => void expect(chainWith(C_BIN, { cwd: directory }, "$BIN/s6-accessrules-cdb-from-fs rules.cdb rules").exitCode).toBe(0);
    compile();
    const holder = await startHolder(bin, { directory, args: ["-x", join(directory, "rules.cdb")], rights: { LIST: "" } });
    const list = (): string => said(talk(bin, holder.socket, "$BIN/s6-fdholder-store $S x <file; $BIN/s6-fdholder-list $S"));
    expect(list()).toBe("s6-fdholder-store: fatal: unable to store fd: Operation not permitted\n");
    writeRights(join(directory, "rules"), { LIST: "", STORE_REGEX: "" });
    compile();
    expect(list()).toBe("s6-fdholder-store: fatal: unable to store fd: Operation not permitted\n");
    holder.kill("SIGHUP");
    await eventually(list).toContain("x\n");
  });

  test("a client that is idle is left alone; with -t, one that has never been served is not", async () => {
    const holder = await startHolder(bin, { args: ["-t", "300"] });
    const idle = rawClient(holder.socket);
    idle.say(frame(Buffer.from("L")));
    expect(idle.code()).toBe(0);
    const silent = rawClient(holder.socket);
    expect(silent.hear()).toBe("closed");
    idle.say(frame(Buffer.from("L")));
    expect(idle.code()).toBe(0);
  });

  test("no more than -c clients are in at once; the others wait", async () => {
    const holder = await startHolder(bin, { args: ["-c", "2"] });
    const clients = Array.from({ length: 4 }, () => rawClient(holder.socket));
    for (const client of clients) client.say(frame(Buffer.from("L")));
    for (const client of clients) {
      expect(client.code()).toBe(0);
      client.close();
    }
  });
});

/** C's of 2.11 does not wait for it. */
test("after SIGTERM nobody new is served, and what is half said may be said to the end", async () => {
  const holder = await startHolder(OUR_BIN);
  const [half, other] = [rawClient(holder.socket), rawClient(holder.socket)];
  const request = frame(Buffer.from("L"));
  half.say(request);
  expect(half.code()).toBe(0);
  half.say(request.subarray(0, 3));
  for (let turn = 0; turn < 2; turn++) { // by then it has read that
    other.say(request);
    expect(other.code()).toBe(0);
  }
  holder.kill("SIGTERM");
  const late = rawClient(holder.socket);
  late.say(request);
  half.say(request.subarray(3));
  expect(half.code()).toBe(0);
  expect(late.hear()).toBe("closed");
  expect(await holder.ended).toBe(2);
});

describe("words and exit codes are those of C's", () => {
  const both = (script: string, cwd = makeTempDirectory()): Outcome => {
    const [theirs, mine] = [C_BIN, OUR_BIN].map((bin) => ({ ...chainWith(bin, { cwd }, script) }));
    const plain = (outcome: Outcome | undefined): string => said(outcome ?? { exitCode: null, signal: null, stdout: "", stderr: "" }).replaceAll(/: usage: .*/g, ": usage");
    expect([mine?.exitCode, plain(mine)], script).toEqual([theirs?.exitCode, plain(theirs)]);
    return mine as Outcome;
  };

  test.each([
    ...["store", "retrieve", "delete", "list", "getdump", "setdump", "transferdump", "daemon"].flatMap((name) => [`s6-fdholder-${name}`, `s6-fdholder-${name} -y`, `s6-fdholder-${name} -t x s s s`]),
    "s6-fdholder-store s", "s6-fdholder-retrieve s x", "s6-fdholder-getdump s", "s6-fdholder-store -d x s x", "s6-fdholder-store -T '' s x", "s6-fdholder-daemon s",
    ...["", ":", "5:", ":5", "5:5", "5:x", "x:5", "5:5:5", "5-5", "4294967296"].map((time) => `s6-fdholder-transferdump -t '${time}' no-1 no-2`),
    "s6-fdholderd", "s6-fdholderd -i rules </dev/null", "s6-fdholderd -i rules <&-", "s6-fdholderd -x no </dev/null", "s6-fdholderd -c x -i rules", "(ulimit -Sn 6; s6-fdholderd -i r)",
    "s6-fdholder-setdump no", "env 'S6_FD#=x' $BIN/s6-fdholder-setdump no", "env 'S6_FD#=1' $BIN/s6-fdholder-setdump no",
    "s6-ipcserver-socketbinder -- s $BIN/s6-fdholderd -1 -i rules >&-", "s6-ipcserver-socketbinder -- s $BIN/s6-fdholderd -x no",
  ])("%s", (script) => void both(script.replaceAll(/(?<![/\w])s6-(?=fdholder|ipcserver)/g, "$BIN/s6-")));
});
