import { s6svlisten1 } from "../src/cli/s6-svlisten1.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svlisten1);
