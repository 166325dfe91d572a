import { s6svlisten } from "../src/cli/s6-svlisten.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svlisten);
