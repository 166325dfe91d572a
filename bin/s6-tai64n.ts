import { runProgram } from "../src/cli/program.ts";
import { s6tai64n } from "../src/cli/s6-tai64n.ts";

runProgram(s6tai64n);
