import { runProgram } from "../src/cli/program.ts";
import { s6why } from "../src/cli/s6-why.ts";

runProgram(s6why);
