import { runChain } from "../src/cli/run-chain.ts";
runChain("fdswap");
