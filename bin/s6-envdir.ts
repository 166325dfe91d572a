import { s6envdir } from "../src/cli/s6-envdir.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6envdir);
