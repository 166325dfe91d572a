import type { ChainProgram, ChainPrograms } from "./chain.ts";
import { background } from "./background.ts";
import { foreground } from "./foreground.ts";
import { heredoc } from "./heredoc.ts";
import { ifProgram } from "./if.ts";
import { ifelse } from "./ifelse.ts";
import { ifte } from "./ifte.ts";
import { ifthenelse } from "./ifthenelse.ts";
import { loopwhilex } from "./loopwhilex.ts";
import { pipeline } from "./pipeline.ts";
import { s6applyuidgid } from "./s6-applyuidgid.ts";
import { s6envdir } from "./s6-envdir.ts";
import { s6envuidgid } from "./s6-envuidgid.ts";
import { s6setlock } from "./s6-setlock.ts";
import { s6setsid } from "./s6-setsid.ts";
import { s6setuidgid } from "./s6-setuidgid.ts";
import { s6softlimit } from "./s6-softlimit.ts";
import { tryexec } from "./tryexec.ts";

const programs: readonly ChainProgram[] = [
  background,
  foreground,
  heredoc,
  ifProgram,
  ifelse,
  ifte,
  ifthenelse,
  loopwhilex,
  pipeline,
  s6applyuidgid,
  s6envdir,
  s6envuidgid,
  s6setlock,
  s6setsid,
  s6setuidgid,
  s6softlimit,
  tryexec,
];

/** Every program that runs in the process of a chain. */
export const CHAIN_PROGRAMS: ChainPrograms = new Map(programs.map((program) => [program.name, program]));
