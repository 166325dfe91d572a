import { s6instancedelete } from "../src/cli/s6-instance-delete.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6instancedelete);
