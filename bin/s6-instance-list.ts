import { s6instancelist } from "../src/cli/s6-instance-list.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6instancelist);
