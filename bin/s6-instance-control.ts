import { s6instancecontrol } from "../src/cli/s6-instance-control.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6instancecontrol);
