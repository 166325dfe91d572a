import { runDaemon } from "../src/cli/daemon.ts";
import { s6svscan } from "../src/cli/s6-svscan.ts";

runDaemon(s6svscan);
