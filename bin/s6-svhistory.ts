import { runDaemon } from "../src/cli/daemon.ts";
import { s6svhistory } from "../src/cli/s6-svhistory.ts";

runDaemon(s6svhistory);
