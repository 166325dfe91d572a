import { s6instancecreate } from "../src/cli/s6-instance-create.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6instancecreate);
