import { s6ftriglisten1 } from "../src/cli/s6-ftrig-listen1.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6ftriglisten1);
