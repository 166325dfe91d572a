import { signalNumber } from "../formats/signals.ts";
import { addon } from "./addon.ts";
import { check } from "./errors.ts";
import { uninterrupted } from "./files.ts";
import { launch } from "./launch.ts";

/** A new session, which this process leads; its group must have another leader. */
export const setsid = (): void => void check(addon.setsid(), "setsid");

/** A new process group, which this process leads. */
export const leadGroup = (): void => void check(addon.setpgid(0, 0), "setpgid");

/** Our group is the terminal's foreground; whoever is in the background is stopped for asking that, unless it grabs. */
export function comeToForeground(terminal: number, grab: boolean): void {
  const shield = grab || launch.ignored.includes(signalNumber("TTOU"));
  check(uninterrupted(() => addon.tcsetpgrp(terminal, process.pid, shield)), "tcsetpgrp");
}
