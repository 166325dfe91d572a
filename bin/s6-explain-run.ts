import { runProgram } from "../src/cli/program.ts";
import { s6explainrun } from "../src/cli/s6-explain-run.ts";
runProgram(s6explainrun);
