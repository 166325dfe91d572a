import { s6permafailon } from "../src/cli/s6-permafailon.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6permafailon);
