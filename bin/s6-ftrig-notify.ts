import { s6ftrignotify } from "../src/cli/s6-ftrig-notify.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6ftrignotify);
