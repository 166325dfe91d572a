import { POLL_HUP, POLL_IN, Poller } from "../sys/poller.ts";
import { type ActorPorts, WATCH_ORDER } from "./actor-ports.ts";

/**
 * One poll set per thread. The token of a descriptor puts the services in the order of their slots and, within a
 * service, readiness before death before commands: one that says it is ready and dies at once is seen ready, then
 * dead (s6 documentation, s6-supervise).
 */
const STRIDE = 4;
const handlers = new Map<number, () => void>();
const tokens = new Map<number, number>();
let poller: Poller | undefined;

function dispatch(token: number): void {
  handlers.get(token)?.();
}

export function watchPorts(slot: number): Pick<ActorPorts, "watch" | "unwatch"> {
  return {
    watch(kind, fd, ready, until) {
      poller ??= new Poller(dispatch);
      const token = slot * STRIDE + WATCH_ORDER.indexOf(kind);
      handlers.set(token, ready);
      tokens.set(fd, token);
      poller.add(fd, token, until === "hang-up" ? POLL_HUP : POLL_IN);
    },
    unwatch(fd) {
      const token = tokens.get(fd);
      if (token === undefined) return;
      tokens.delete(fd);
      handlers.delete(token);
      poller?.remove(fd);
    },
  };
}
