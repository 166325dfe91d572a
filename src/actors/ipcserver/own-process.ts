import { SERVER_SIGNALS } from "../../machines/ipcserver/server.ts";
import { otherwise } from "../../sys/errors.ts";
import { setCloexec, setNonblock } from "../../sys/files.ts";
import { nofile, setSoftNofile } from "../../sys/process.ts";
import { OwnWorld } from "../daemon/own-world.ts";
import { ServerLoop, type ServerSetup } from "./server-loop.ts";

const STDIN = 0;
/** Descriptors that it has besides one for each child. */
const HEADROOM = 64;

/** s6-ipcserverd on this process. Stdin is a listening socket. */
export function serveForever(setup: ServerSetup, exit: (code: number) => void): void {
  setCloexec(STDIN, true);
  const wasNonblocking = setNonblock(STDIN, true);
  makeRoom(setup.limits.most);
  const world = new OwnWorld((code) => {
    if (!wasNonblocking) setNonblock(STDIN, false); // others may accept there, too
    exit(code);
  });
  const loop = new ServerLoop(setup, world);
  world.hear(SERVER_SIGNALS, (signal) => loop.signal(signal));
  loop.begin();
}

/** Where that is not permitted, it serves as many as there are descriptors for. */
function makeRoom(children: number): void {
  const wanted = children + HEADROOM;
  if (nofile().soft < wanted) otherwise(undefined, () => setSoftNofile(wanted));
}
