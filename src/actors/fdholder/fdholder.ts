import type { AccessRules } from "../../chain/access-rules.ts";
import { signalNumber } from "../../formats/signals.ts";
import { devNull, dupOnto, setCloexec, writeFd } from "../../sys/files.ts";
import { unless } from "../../sys/errors.ts";
import { takeOver } from "../../sys/launch.ts";
import { readSignals, trapSignals } from "../../sys/signals.ts";
import type { DaemonWorld } from "../daemon/daemon-world.ts";
import { WaitingLoop } from "../daemon/waiting-loop.ts";
import { HolderLoop, type HolderOptions } from "./holder-loop.ts";

const SIGNALS = [signalNumber("TERM"), signalNumber("HUP")];

export interface HolderSetup extends HolderOptions {
  /** A newline on stdout when clients may come. */
  readonly tellsReadiness: boolean;
  readonly rules: AccessRules;
}

/** s6-fdholderd as this process. */
export function holdForever(setup: HolderSetup, stderr: (text: string) => void): void {
  takeOver({ descriptors: [], signals: SIGNALS });
  for (const fd of [0, 1, 2]) setCloexec(fd, true);
  const signalFd = trapSignals(SIGNALS);
  const watcher = new WaitingLoop();
  const world: DaemonWorld = {
    watcher,
    fd: (number) => number,
    after: (ms, then) => watcher.after(ms, then),
    stderr,
    close: (number) => dupOnto(devNull(), number), // what anybody writes there by mistake must not reach whoever gets the number next
    exit: (code) => process.exit(code),
  };
  const loop = new HolderLoop(setup, world, setup.rules);
  watcher.watchFirst(signalFd, () => {
    for (const signal of readSignals(signalFd)) loop.signal(signal);
  });
  if (setup.tellsReadiness) unless(["EPIPE"], () => writeFd(1, Buffer.from("\n")));
  world.close(1);
  loop.begin();
  watcher.run();
}
