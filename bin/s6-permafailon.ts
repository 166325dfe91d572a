import { s6permafailon } from "../src/cli/s6-permafailon.ts";
import { runChainFrom } from "../src/cli/run-chain.ts";
runChainFrom(s6permafailon);
