import { s6applyuidgid } from "../src/cli/s6-applyuidgid.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6applyuidgid);
