import { s6softlimit } from "../src/cli/s6-softlimit.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6softlimit);
