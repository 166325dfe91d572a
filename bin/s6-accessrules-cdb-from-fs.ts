import { s6accessrulescdbfromfs } from "../src/cli/s6-accessrules-cdb-from-fs.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6accessrulescdbfromfs);
