import { constants } from "node:fs";
import { ExitError, unableTo } from "../cli/failures.ts";
import { parseOptions, parseTimeout } from "../cli/options.ts";
import { makeSudoRequest, parseSudoStatus, REQUEST_DESCRIPTORS, SERVER_BANNER, STARTED, STATUS_BYTES } from "../formats/sudo.ts";
import { frame } from "../formats/unixmessage.ts";
import { errorCode, strerror } from "../sys/system-error.ts";
import { approximateCode, type ChainProcess, exits, type Next } from "./process.ts";
import { Limit, type Received, receiveWithin, sendWithin } from "./timed-exchange.ts";

const INPUT = 6;
const OUTPUT = 7;
const { O_RDONLY, O_WRONLY } = constants;

/** s6-sudoc [ -e ] [ -t timeoutconn ] [ -T timeoutrun ] [ args... ] */
export function runSudoc(args: readonly string[], process: ChainProcess): Next {
  const { options, operands: words } = parseOptions(args, "et:T:");
  let tellsVariables = true;
  let [startMs, runMs]: [start: number | undefined, run: number | undefined] = [undefined, undefined];
  for (const { name, value } of options) {
    switch (name) {
      case "e": tellsVariables = false; break;
      case "t": startMs = parseTimeout(value); break;
      case "T": runMs = parseTimeout(value); break;
    }
  }
  const { descriptors, sys } = process;
  unableTo("make socket non-blocking", () => {
    descriptors.require(INPUT);
    descriptors.require(OUTPUT);
  });
  const request = frame(makeSudoRequest({ args: words, variables: tellsVariables ? process.environment.texts() : [] }), REQUEST_DESCRIPTORS);

  const starting = new Limit(sys, startMs);
  checkBanner(receiveWithin(sys, INPUT, SERVER_BANNER.length, starting));
  giveStdio(process, (stdio) => unableTo("send args to server", () => sendWithin(sys, OUTPUT, request, stdio, starting)));
  const [answer = STARTED] = whole("get confirmation from server", 1, receiveWithin(sys, INPUT, 1, starting));
  // The two colons are s6's.
  if (answer !== STARTED) throw new ExitError(111, `unable to start privileged program: server answered: : ${strerror(errorCode(answer))}`);
  const status = receiveWithin(sys, INPUT, STATUS_BYTES, new Limit(sys, runMs));
  return exits(approximateCode(parseSudoStatus(whole("get exit status from server", STATUS_BYTES, status))));
}

function checkBanner({ bytes, reason }: Received): void {
  if (bytes.length === 0) throw new ExitError(111, "unable to connect to the s6-sudod server - check that you have appropriate permissions");
  if (bytes.length < SERVER_BANNER.length) throw new ExitError(111, `unable to read banner from s6-sudod: ${reason}`);
  if (!SERVER_BANNER.equals(bytes)) throw new ExitError(100, "wrong banner - check that you are connecting to a s6-sudod server");
}

/** Those that are not open are /dev/null. stdin and stdout are the command's alone afterwards: their end is its end. */
function giveStdio({ descriptors, sys }: ChainProcess, send: (stdio: readonly number[]) => void): void {
  const nulls: number[] = [];
  const nullFor = (fd: number): number => {
    nulls.push(unableTo("sanitize stdin/stdout/stderr", () => sys.open("/dev/null", fd === 0 ? O_RDONLY : O_WRONLY)));
    return nulls.at(-1) ?? -1;
  };
  try {
    send([0, 1, 2].map((fd) => (descriptors.isOpen(fd) ? fd : nullFor(fd))));
  } finally {
    for (const fd of nulls) sys.closeFd(fd);
  }
  for (const fd of [0, 1]) descriptors.close(fd);
}

function whole(what: string, count: number, { bytes, reason }: Received): Uint8Array {
  if (bytes.length < count) throw new ExitError(111, `unable to ${what}: ${reason}`);
  return bytes;
}
