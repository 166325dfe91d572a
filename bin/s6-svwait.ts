import { s6svwait } from "../src/cli/s6-svwait.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svwait);
