import { msOrForever } from "../formats/uint.ts";
import { SystemError } from "../sys/system-error.ts";
import { become } from "./become.ts";
import { unableTo, UsageError } from "./failures.ts";
import { parseLongOptions, parseNumber } from "./options.ts";
import type { Context, Program } from "./program.ts";

const NAME = "s6-notify-socket-from-fd";
const VARIABLE = "NOTIFY_SOCKET";
/** How the helper ends, for whoever looks. */
const [NOTIFIED, NEVER_READY, TIMED_OUT] = [0, 1, 99];
const NEWLINE = "\n".charCodeAt(0);

export const s6notifysocketfromfd: Program = {
  name: NAME,
  synopsis: `${NAME} [ -d fd ] [ -f ] [ -t timeout ] [ -k ] prog...`,
  help: `Becomes PROG, which writes a newline to a descriptor when it is ready, as services of s6 do, and passes that on to the
socket of NOTIFY_SOCKET as READY=1 and MAINPID=. Without that variable, only becomes PROG.

  -d FD, --notification-fd=FD  the descriptor that PROG writes to (default 1)
  -f, --no-doublefork          the process that listens is a child of PROG
  --doublefork                 it is not (default)
  -t MS, --timeout=MS          listen at most so many milliseconds; 0 = no limit (default)
  -k, --keep-environment       PROG gets NOTIFY_SOCKET, too

Exit codes: 100 wrong usage, 111 system error, 126 or 127 PROG can't be executed.`,

  main({ args, sys }) {
    const { options, operands: prog } = parseLongOptions(args, "d:fkt:", {
      "notification-fd": "d", "no-doublefork": "f", doublefork: "doublefork", "keep-environment": "k", timeout: "t",
    });
    let [fd, isOrphan, timeout, isKept] = [1, true, 0, false];
    for (const { name, value } of options) {
      switch (name) {
        case "d": fd = parseNumber(value, "notification-fd"); break;
        case "f": isOrphan = false; break;
        case "doublefork": isOrphan = true; break;
        case "k": isKept = true; break;
        case "t": timeout = parseNumber(value, "timeout"); break;
      }
    }
    if (prog.length === 0) throw new UsageError();
    if (process.env[VARIABLE] === undefined) return become(sys, prog);

    const [readEnd, writeEnd] = unableTo("make a pipe", () => sys.pipe());
    const words = [String(sys.pid()), String(timeout)];
    unableTo("start the helper", () => sys.startHelper({ program: NAME, descriptors: [readEnd], words, isOrphan }));
    if (!isKept) sys.setVariable(VARIABLE, undefined);
    unableTo("move descriptors", () => sys.dupOnto(writeEnd, fd));
    return become(sys, prog, { keep: [fd] });
  },

  helper({ args, sys }) {
    const { descriptors: [pipe = -1], words: [pid, timeout] } = sys.helperCall(args);
    const ms = msOrForever(Number(timeout));
    const deadline = ms === undefined ? Number.POSITIVE_INFINITY : sys.monotonicMs() + ms;
    const heard = hearNewline(sys, pipe, deadline);
    if (heard !== NOTIFIED) return heard;
    const address = process.env[VARIABLE] ?? "";
    return unableTo(`notify ${address}`, () => notify(sys, address, `READY=1\nMAINPID=${pid}\n`, deadline));
  },
};

function hearNewline(sys: Context["sys"], pipe: number, deadline: number): number {
  const bytes = new Uint8Array(4096);
  while (sys.pollReadable([pipe], leftUntil(sys, deadline)).length > 0) {
    const count = sys.readFd(pipe, bytes);
    if (count === 0) return NEVER_READY;
    if (count !== "again" && bytes.subarray(0, count).includes(NEWLINE)) {
      sys.closeFd(pipe);
      return NOTIFIED;
    }
  }
  return TIMED_OUT;
}

/** And waits until the message has been read: the receiver closes what comes with the barrier behind it. */
function notify(sys: Context["sys"], address: string, message: string, deadline: number): number {
  if (!/^[/@]/.test(address)) throw new SystemError("connect to", address, "EAFNOSUPPORT");
  const socket = sys.connectUnixDatagram(address);
  const [readEnd, writeEnd] = sys.pipe();
  for (const [text, descriptor] of [[message, undefined], ["BARRIER=1\n", writeEnd]] as const) {
    while (sys.sendDatagram(socket, text, descriptor) === "again") {
      if (!sys.pollWritable(socket, leftUntil(sys, deadline))) return TIMED_OUT;
    }
  }
  sys.closeFd(writeEnd);
  return sys.pollReadable([readEnd], leftUntil(sys, deadline)).length > 0 ? NOTIFIED : TIMED_OUT;
}

const leftUntil = (sys: Context["sys"], deadline: number): number | undefined =>
  Number.isFinite(deadline) ? Math.max(0, deadline - sys.monotonicMs()) : undefined;
