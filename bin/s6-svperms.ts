import { s6svperms } from "../src/cli/s6-svperms.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svperms);
