import { runProgram } from "../src/cli/program.ts";
import { s6tai64nlocal } from "../src/cli/s6-tai64nlocal.ts";

runProgram(s6tai64nlocal);
