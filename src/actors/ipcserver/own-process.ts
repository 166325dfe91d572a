import { SERVER_SIGNALS } from "../../machines/ipcserver/server.ts";
import { otherwise } from "../../sys/errors.ts";
import { borrowNonblocking, setCloexec } from "../../sys/files.ts";
import { nofile, setSoftNofile } from "../../sys/process.ts";
import { OwnWorld } from "../daemon/own-world.ts";
import { ServerLoop, type ServerSetup } from "./server-loop.ts";

const STDIN = 0;
/** Of a child; a session has its connection, too. */
const DESCRIPTORS = 2;
/** Besides those: what is open all the time, and what one message may bring. */
const HEADROOM = 64 + 253;

/** s6-ipcserverd on this process. Stdin is a listening socket. */
export function serveForever(setup: ServerSetup, exit: (code: number) => void): void {
  setCloexec(STDIN, true);
  const released = borrowNonblocking(STDIN);
  makeRoom(setup.limits.most);
  const world = new OwnWorld((code) => {
    released();
    exit(code);
  });
  const loop = new ServerLoop({ ...setup, released }, world);
  world.hear(SERVER_SIGNALS, (signal) => loop.signal(signal));
  loop.begin();
  world.run();
}

/** Where that is not permitted, it serves as many as there are descriptors for. */
function makeRoom(children: number): void {
  const wanted = DESCRIPTORS * children + HEADROOM;
  if (nofile().soft < wanted) otherwise(undefined, () => setSoftNofile(wanted));
}
