import { s6aliaschpst } from "../src/cli/s6-alias-chpst.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6aliaschpst);
