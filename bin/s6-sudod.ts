import { runDaemonOnBytes } from "../src/cli/daemon.ts";
import { s6sudod } from "../src/cli/s6-sudod.ts";

runDaemonOnBytes(s6sudod);
