import { s6setlock } from "../src/cli/s6-setlock.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6setlock);
