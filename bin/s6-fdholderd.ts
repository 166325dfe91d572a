import { runDaemonOnBytes } from "../src/cli/daemon.ts";
import { s6fdholderd } from "../src/cli/s6-fdholderd.ts";

runDaemonOnBytes(s6fdholderd);
