import { s6notifyfdfromsocket } from "../src/cli/s6-notify-fd-from-socket.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6notifyfdfromsocket);
