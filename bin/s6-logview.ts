import { runDaemon } from "../src/cli/daemon.ts";
import { s6logview } from "../src/cli/s6-logview.ts";

runDaemon(s6logview);
