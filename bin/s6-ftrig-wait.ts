import { s6ftrigwait } from "../src/cli/s6-ftrig-wait.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6ftrigwait);
