import { msOrForever } from "../formats/uint.ts";
import { become } from "./become.ts";
import { unableTo, UsageError } from "./failures.ts";
import { notificationFd, notifyReady } from "./notification-fd.ts";
import { parseLongOptions, parseNumber } from "./options.ts";
import type { Context, Program } from "./program.ts";

const NAME = "s6-notify-fd-from-socket";
/** How the helper ends, for whoever looks. */
const [NOTIFIED, NEVER_READY, TIMED_OUT] = [0, 1, 99];
const DATAGRAM_BYTES = 65_536;
/** sd_notify(3) says "newline-separated", and sends the last line without one. */
const READY = /(^|\n)READY=1(\n|$)/;
const BARRIER = /(^|\n)BARRIER=1(\n|$)/;
/** A client that puts a barrier behind its message (systemd-notify) does so at once, and fails when nobody is there. */
const BARRIER_MS = 1000;

export const s6notifyfdfromsocket: Program = {
  name: NAME,
  synopsis: `${NAME} [ -3 fd ] [ -f ] [ -t timeout ] prog...`,
  help: `For ./run, in the service directory: becomes PROG, which says READY=1 through NOTIFY_SOCKET (sd_notify), and passes that
on to the supervisor.

  -3 FD, --notification-fd=FD  the descriptor to tell it on (default: what ./notification-fd says)
  -f, --no-doublefork          the process that listens is a child of PROG
  --doublefork                 it is not (default)
  -t MS, --timeout=MS          listen at most so many milliseconds; 0 = no limit (default)

Exit codes: 100 wrong usage, 111 system error, 126 or 127 PROG can't be executed.`,

  main({ args, sys }) {
    const { options, operands: prog } = parseLongOptions(args, "3:ft:", {
      "notification-fd": "3", "no-doublefork": "f", doublefork: "doublefork", timeout: "t",
    });
    let [wantedFd, isOrphan, timeout]: [number | undefined, boolean, number] = [undefined, true, 0];
    for (const { name, value } of options) {
      switch (name) {
        case "3": wantedFd = parseNumber(value, "notification-fd"); break;
        case "f": isOrphan = false; break;
        case "doublefork": isOrphan = true; break;
        case "t": timeout = parseNumber(value, "timeout"); break;
      }
    }
    if (prog.length === 0) throw new UsageError();
    const fd = notificationFd(sys, wantedFd);
    const socket = unableTo("create notification socket", () => sys.bindAnywhere());
    const self = unableTo("watch myself", () => sys.pidfdOpen(sys.pid()));
    const words = [String(fd), String(timeout)];
    unableTo("start the helper", () => sys.startHelper({ program: NAME, descriptors: [socket.fd, self], words, isOrphan }));
    sys.closeFd(fd);
    sys.setVariable("NOTIFY_SOCKET", `@${socket.name}`);
    return become(sys, prog);
  },

  helper({ args, sys }) {
    const { descriptors: [socket = -1, prog = -1], words: [fd, timeout] } = sys.helperCall(args);
    const listener = { sys, socket, prog };
    const heard = listen(listener, READY, msOrForever(Number(timeout)));
    if (heard === "silence") return TIMED_OUT;
    if (heard === "end") return NEVER_READY;
    notifyReady(sys, Number(fd));
    sys.closeFd(Number(fd));
    if (!BARRIER.test(heard)) listen(listener, BARRIER, BARRIER_MS);
    return NOTIFIED;
  },
};

interface Listener extends Pick<Context, "sys"> {
  readonly socket: number;
  /** Readable when PROG has ended. */
  readonly prog: number;
}

/** The first datagram that matches; or PROG has ended without one, or the time is over. A descriptor in it is closed. */
function listen({ sys, socket, prog }: Listener, pattern: RegExp, ms: number | undefined): string {
  const deadline = ms === undefined ? undefined : sys.monotonicMs() + ms;
  const bytes = new Uint8Array(DATAGRAM_BYTES);
  for (;;) {
    const left = deadline === undefined ? undefined : Math.max(0, deadline - sys.monotonicMs());
    const ready = sys.pollReadable([socket, prog], left);
    if (ready.length === 0) return "silence";
    const datagram = sys.receiveDatagram(socket, bytes);
    if (datagram === "again") {
      if (ready.includes(prog)) return "end";
      continue;
    }
    const text = Buffer.from(bytes.subarray(0, datagram.length)).toString("latin1");
    if (pattern.test(text)) return text;
  }
}
