import { runProgram } from "../src/cli/program.ts";
import { s6replay } from "../src/cli/s6-replay.ts";

runProgram(s6replay);
