import { s6svscanctl } from "../src/cli/s6-svscanctl.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svscanctl);
