import { borrowNonblocking } from "../../sys/files.ts";
import { HostedWorld } from "../daemon/hosted-world.ts";
import type { Served } from "../shared-host/shared-host.ts";
import type { ThinProcess } from "../shared-host/thin-process.ts";
import type { Turns } from "../shared-host/turns.ts";
import { ServerLoop, type ServerSetup } from "./server-loop.ts";

/**
 * s6-ipcserverd whose process is a thin one: the listening socket and the children are that one's. A connection that was
 * accepted, and not handed to a child, is closed when this process dies.
 */
export function hostedServer(thin: ThinProcess, turns: Turns, setup: Omit<ServerSetup, "dirFd" | "environment">, ended: () => void): Served {
  const released = borrowNonblocking(thin.stdin);
  const world = new HostedWorld(thin, turns, () => {
    released();
    ended();
  });
  const loop = new ServerLoop({ ...setup, dirFd: thin.cwd, environment: thin.papers.environment, released }, world);
  if (thin.wasTaken) loop.resume();
  else loop.begin();
  thin.take();
  return world.served(loop);
}
