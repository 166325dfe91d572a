import { s6backgroundwatch } from "../src/cli/s6-background-watch.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6backgroundwatch);
