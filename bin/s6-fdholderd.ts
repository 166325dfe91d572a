import { runDaemon } from "../src/cli/daemon.ts";
import { s6fdholderd } from "../src/cli/s6-fdholderd.ts";

runDaemon(s6fdholderd);
