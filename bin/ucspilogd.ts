import { runProgram } from "../src/cli/program.ts";
import { ucspilogd } from "../src/cli/ucspilogd.ts";

runProgram(ucspilogd);
