import { s6svok } from "../src/cli/s6-svok.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svok);
