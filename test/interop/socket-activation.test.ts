import { cpSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeTempDirectory, untilHeard } from "../support/c-tree.ts";
import { chainWith } from "../support/chains.ts";
import { OUR_BIN, theirs } from "../support/executables.ts";
import { killProcessesBelow } from "../support/processes.ts";
import { eventually, isThere, pidOf, type Scan, scanIn } from "./svscan-tree.ts";

/** examples/socket-activation, as it is. */

const SERVICES = join(import.meta.dirname, "..", "..", "examples", "socket-activation", "services");
const LIMIT = ["-t", "20000"] as const;

async function running(): Promise<Scan> {
  const scandir = makeTempDirectory();
  cpSync(SERVICES, scandir, { recursive: true });
  onTestFinished(() => killProcessesBelow(scandir));
  const tree = await scanIn(scandir, { environment: { PATH: `${OUR_BIN}:${process.env["PATH"] ?? ""}` } });
  await eventually(() => isThere(tree.path("web"))).toBe(true);
  expect(theirs("s6-svwait", "-U", ...LIMIT, tree.path("web")), tree.stderr()).toMatchObject({ exitCode: 0 });
  return tree;
}

interface Visitor {
  readonly socket: Socket;
  readonly answer: Promise<string>;
}

/** Connected, and has said its name; the answer comes when somebody accepts. */
function visit(tree: Scan, name: string): Promise<Visitor> {
  return new Promise((resolve, reject) => {
    const socket = connect(tree.path("web", "socket"), () => {
      socket.write(`${name}\n`);
      resolve({ socket, answer });
    });
    onTestFinished(() => void socket.destroy());
    const answer = new Promise<string>((hear) => {
      let text = "";
      socket.setEncoding("utf8").on("data", (part: string) => void (text += part)).once("close", () => hear(text));
    });
    socket.once("error", reject);
  });
}

const greeting = async (tree: Scan, name: string): Promise<string> => (await visit(tree, name)).answer;

test("a restart of the daemon, and its death, lose no client", async () => {
  const tree = await running();
  const web = tree.path("web");
  expect(await greeting(tree, "first")).toBe("hello first\n");

  untilHeard(web, "D", "s6-svc", "-d", web);
  const waiting = await Promise.all(["one", "two", "three"].map((name) => visit(tree, name)));
  untilHeard(web, "U", "s6-svc", "-u", web);
  expect(await Promise.all(waiting.map(({ answer }) => answer))).toEqual(["hello one\n", "hello two\n", "hello three\n"]);

  const before = pidOf(web);
  process.kill(before, "SIGKILL");
  expect(await greeting(tree, "late")).toBe("hello late\n");
  await eventually(() => pidOf(web)).not.toBe(before);
});

test("the fd-holder is restarted, and its successor has what it held", async () => {
  const tree = await running();
  const { ino } = statSync(tree.path("web", "socket"));
  const [web, holder] = [tree.path("web"), tree.path("fdholder")];
  const before = pidOf(holder);
  expect(chainWith(OUR_BIN, { cwd: tree.scandir }, `execlineb -c '
    s6-fdholder-getdump fdholder/socket
    foreground { s6-svc -wR -r fdholder }
    s6-fdholder-setdump fdholder/socket'`)).toEqual({ exitCode: 0, signal: null, stdout: "", stderr: "" });
  expect(pidOf(holder)).not.toBe(before);
  untilHeard(web, "d.*U", "s6-svc", "-r", web);
  expect(await greeting(tree, "again")).toBe("hello again\n");
  expect(statSync(tree.path("web", "socket")).ino).toBe(ino);
});
