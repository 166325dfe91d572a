import type { AccessRules } from "../../chain/access-rules.ts";
import { signalNumber } from "../../formats/signals.ts";
import { borrowNonblocking, writeFd } from "../../sys/files.ts";
import { unless } from "../../sys/errors.ts";
import { OwnWorld } from "../daemon/own-world.ts";
import { exitNow } from "../../sys/process.ts";
import { HolderLoop, type HolderOptions } from "./holder-loop.ts";

const SIGNALS = [signalNumber("TERM"), signalNumber("HUP")];

export interface HolderSetup extends HolderOptions {
  /** A newline on stdout when clients may come. */
  readonly tellsReadiness: boolean;
  readonly rules: AccessRules;
}

/** s6-fdholderd as this process. */
export function holdForever(setup: HolderSetup): void {
  const giveBack = borrowNonblocking(0); // another process may accept there, too, and be faster
  const world = new OwnWorld((code) => {
    giveBack();
    exitNow(code);
  });
  const loop = new HolderLoop(setup, world, setup.rules);
  world.hear(SIGNALS, (signal) => loop.signal(signal));
  if (setup.tellsReadiness) unless(["EPIPE"], () => writeFd(1, Buffer.from("\n")));
  world.close(1);
  loop.begin();
  world.run();
}
