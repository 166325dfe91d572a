import { runDaemon } from "../src/cli/daemon.ts";
import { s6svprune } from "../src/cli/s6-svprune.ts";

runDaemon(s6svprune);
