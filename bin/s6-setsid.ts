import { s6setsid } from "../src/cli/s6-setsid.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6setsid);
