import { s6svc } from "../src/cli/s6-svc.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svc);
