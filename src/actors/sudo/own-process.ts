import type { SudodOptions } from "../../chain/sudod.ts";
import { OwnWorld } from "../daemon/own-world.ts";
import { SudoSession } from "./sudo-session.ts";

/** s6-sudod on this process: stdin and stdout are the connection. */
export function sudodForever({ timeoutMs, ...rules }: SudodOptions, environment: readonly string[], exit: (code: number) => void): void {
  const world = new OwnWorld(exit);
  const session = new SudoSession({
    rules: { ...rules, environment }, timeoutMs, connection: { input: 0, output: 1 }, world, ended: exit,
  });
  session.begin();
  world.run();
}
