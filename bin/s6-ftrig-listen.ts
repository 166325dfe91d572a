import { s6ftriglisten } from "../src/cli/s6-ftrig-listen.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6ftriglisten);
