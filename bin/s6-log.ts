import { runDaemon } from "../src/cli/daemon.ts";
import { s6log } from "../src/cli/s6-log.ts";

runDaemon(s6log);
