import { s6svdt } from "../src/cli/s6-svdt.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svdt);
