import { runChain } from "../src/cli/run-chain.ts";
runChain("s6-sudo");
