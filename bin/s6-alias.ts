import { s6alias } from "../src/cli/s6-alias.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6alias);
