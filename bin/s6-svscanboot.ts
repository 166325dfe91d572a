import { s6svscanboot } from "../src/cli/s6-svscanboot.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6svscanboot);
