import { parseIpcclient } from "../chain/ipcclient.ts";
import type { StateProgram } from "./chain.ts";

const NAME = "s6-ipcclient";

export const s6ipcclient: StateProgram = {
  name: NAME,
  synopsis: `${NAME} [ -q | -Q | -v ] [ -p bindpath ] [ -l localname ] path prog...`,
  help: `Connects to the Unix socket PATH and becomes PROG, which reads from the server on descriptor 6 and writes to it on 7. PROTO is IPC,
IPCLOCALPATH the path of our own end, mostly empty.

  -p PATH  bind our own end to this path first
  -l NAME  IPCLOCALPATH is NAME
  -q       say less; -v more: the connection; -Q as by default

Exit codes: 100 wrong usage, 111 there is no connection, 126 or 127 PROG can't be executed.`,
  parse: parseIpcclient,
};
