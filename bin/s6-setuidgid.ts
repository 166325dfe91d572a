import { s6setuidgid } from "../src/cli/s6-setuidgid.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6setuidgid);
