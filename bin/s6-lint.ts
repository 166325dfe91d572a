import { runProgram } from "../src/cli/program.ts";
import { s6lint } from "../src/cli/s6-lint.ts";

runProgram(s6lint);
