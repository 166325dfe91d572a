import { s6instancemaker } from "../src/cli/s6-instance-maker.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6instancemaker);
