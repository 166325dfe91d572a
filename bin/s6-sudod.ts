import { runDaemon } from "../src/cli/daemon.ts";
import { s6sudod } from "../src/cli/s6-sudod.ts";

runDaemon(s6sudod);
