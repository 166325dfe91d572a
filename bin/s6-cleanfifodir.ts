import { s6cleanfifodir } from "../src/cli/s6-cleanfifodir.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6cleanfifodir);
