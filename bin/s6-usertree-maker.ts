import { s6usertreemaker } from "../src/cli/s6-usertree-maker.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6usertreemaker);
