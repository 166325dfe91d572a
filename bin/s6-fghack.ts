import { s6fghack } from "../src/cli/s6-fghack.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6fghack);
