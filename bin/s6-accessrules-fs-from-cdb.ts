import { s6accessrulesfsfromcdb } from "../src/cli/s6-accessrules-fs-from-cdb.ts";
import { runProgram } from "../src/cli/program.ts";
runProgram(s6accessrulesfsfromcdb);
