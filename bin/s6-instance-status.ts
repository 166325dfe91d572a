import { s6instancestatus } from "../src/cli/s6-instance-status.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6instancestatus);
