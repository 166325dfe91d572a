import { s6notifyoncheck } from "../src/cli/s6-notifyoncheck.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6notifyoncheck);
