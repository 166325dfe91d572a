import { parseApplyuidgid } from "./applyuidgid.ts";
import { parseElgetopt } from "./elgetopt.ts";
import { parseEnvdir } from "./envdir.ts";
import { parseEnvuidgid } from "./envuidgid.ts";
import { parseFdholderDaemon } from "./fdholder-daemon.ts";
import { parseFdblock, parseFdclose, parseFdmove, parseFdswap, parsePiperw } from "./fd-moves.ts";
import { parseIpcserver } from "./ipcserver.ts";
import { parseIpcclient } from "./ipcclient.ts";
import type { Parse } from "./operation.ts";
import { parseRedirfd } from "./redirfd.ts";
import { parseSetlock } from "./setlock.ts";
import { parseSetsid } from "./setsid.ts";
import { parseSetuidgid } from "./setuidgid.ts";
import { parseShift } from "./shift.ts";
import { parseSocketbinder } from "./socketbinder.ts";
import { parseSoftlimit } from "./softlimit.ts";
import { parseSudo } from "./sudo.ts";
import { parseDefine, parseElgetpositionals, parseElglob, parseImportas, parseMultidefine, parseMultisubstitute } from "./substitution-programs.ts";
import { parseCd, parseExec, parseUmaskProgram } from "./surroundings.ts";
import { parseEmptyenv, parseEnvfileProgram, parseExport, parseExportArray, parseUnexport } from "./variables.ts";

/** The programs of which everything is known in advance: what they do is operations and substitutions. */
export const STATE_PROGRAMS: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ["cd", parseCd],
  ["define", parseDefine],
  ["elgetopt", parseElgetopt],
  ["elgetpositionals", parseElgetpositionals],
  ["elglob", parseElglob],
  ["emptyenv", parseEmptyenv],
  ["envfile", parseEnvfileProgram],
  ["exec", parseExec],
  ["execline-cd", parseCd],
  ["execline-umask", parseUmaskProgram],
  ["export", parseExport],
  ["export-array", parseExportArray],
  ["fdblock", parseFdblock],
  ["fdclose", parseFdclose],
  ["fdmove", parseFdmove],
  ["fdswap", parseFdswap],
  ["importas", parseImportas],
  ["multidefine", parseMultidefine],
  ["multisubstitute", parseMultisubstitute],
  ["piperw", parsePiperw],
  ["redirfd", parseRedirfd],
  ["s6-applyuidgid", parseApplyuidgid],
  ["s6-envdir", parseEnvdir],
  ["s6-envuidgid", parseEnvuidgid],
  ["s6-fdholder-daemon", parseFdholderDaemon],
  ["s6-ipcserver", parseIpcserver],
  ["s6-ipcserver-socketbinder", parseSocketbinder],
  ["s6-ipcclient", parseIpcclient],
  ["s6-setlock", parseSetlock],
  ["s6-setsid", parseSetsid],
  ["s6-setuidgid", parseSetuidgid],
  ["s6-softlimit", parseSoftlimit],
  ["s6-sudo", parseSudo],
  ["shift", parseShift],
  ["umask", parseUmaskProgram],
  ["unexport", parseUnexport],
]);
