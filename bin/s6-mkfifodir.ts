import { s6mkfifodir } from "../src/cli/s6-mkfifodir.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6mkfifodir);
