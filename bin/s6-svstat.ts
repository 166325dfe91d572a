import { s6svstat } from "../src/cli/s6-svstat.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svstat);
