import { runProgram } from "../src/cli/program.ts";
import { s6svexplain } from "../src/cli/s6-svexplain.ts";

runProgram(s6svexplain);
