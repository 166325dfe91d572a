import { runDaemon } from "../src/cli/daemon.ts";
import { s6socklog } from "../src/cli/s6-socklog.ts";

runDaemon(s6socklog);
