import { s6aliassv } from "../src/cli/s6-alias-sv.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6aliassv);
