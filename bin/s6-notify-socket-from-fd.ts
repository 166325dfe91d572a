import { s6notifysocketfromfd } from "../src/cli/s6-notify-socket-from-fd.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6notifysocketfromfd);
