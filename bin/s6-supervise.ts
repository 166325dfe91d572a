import { runDaemon } from "../src/cli/daemon.ts";
import { s6supervise } from "../src/cli/s6-supervise.ts";

runDaemon(s6supervise);
