import { runDaemonOnBytes } from "../src/cli/daemon.ts";
import { s6ipcserverd } from "../src/cli/s6-ipcserverd.ts";

runDaemonOnBytes(s6ipcserverd);
