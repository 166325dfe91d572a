import { s6svdtclear } from "../src/cli/s6-svdt-clear.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svdtclear);
