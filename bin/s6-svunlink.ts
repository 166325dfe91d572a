import { s6svunlink } from "../src/cli/s6-svunlink.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svunlink);
