import { s6envuidgid } from "../src/cli/s6-envuidgid.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6envuidgid);
