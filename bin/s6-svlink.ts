import { s6svlink } from "../src/cli/s6-svlink.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svlink);
