import type { ChainProgram, ChainPrograms } from "./chain.ts";
import { background } from "./background.ts";
import { backtick } from "./backtick.ts";
import { caseProgram } from "./case.ts";
import { cd } from "./cd.ts";
import { define } from "./define.ts";
import { dollarat } from "./dollarat.ts";
import { elgetopt } from "./elgetopt.ts";
import { elgetpositionals } from "./elgetpositionals.ts";
import { elglob } from "./elglob.ts";
import { eltest } from "./eltest.ts";
import { emptyenv } from "./emptyenv.ts";
import { envfile } from "./envfile.ts";
import { execProgram } from "./exec.ts";
import { execlineCd } from "./execline-cd.ts";
import { execlineUmask } from "./execline-umask.ts";
import { execlineb } from "./execlineb.ts";
import { exitProgram } from "./exit.ts";
import { exportArray } from "./export-array.ts";
import { exportProgram } from "./export.ts";
import { fdblock } from "./fdblock.ts";
import { fdclose } from "./fdclose.ts";
import { fdmove } from "./fdmove.ts";
import { fdreserve } from "./fdreserve.ts";
import { fdswap } from "./fdswap.ts";
import { forbacktickx } from "./forbacktickx.ts";
import { foreground } from "./foreground.ts";
import { forstdin } from "./forstdin.ts";
import { forx } from "./forx.ts";
import { getcwd } from "./getcwd.ts";
import { getpid } from "./getpid.ts";
import { heredoc } from "./heredoc.ts";
import { homeof } from "./homeof.ts";
import { ifProgram } from "./if.ts";
import { ifelse } from "./ifelse.ts";
import { ifte } from "./ifte.ts";
import { ifthenelse } from "./ifthenelse.ts";
import { importas } from "./importas.ts";
import { loopwhilex } from "./loopwhilex.ts";
import { multidefine } from "./multidefine.ts";
import { multisubstitute } from "./multisubstitute.ts";
import { pipeline } from "./pipeline.ts";
import { piperw } from "./piperw.ts";
import { posixCd } from "./posix-cd.ts";
import { posixUmask } from "./posix-umask.ts";
import { redirfd } from "./redirfd.ts";
import { runblock } from "./runblock.ts";
import { s6applyuidgid } from "./s6-applyuidgid.ts";
import { s6backgroundwatch } from "./s6-background-watch.ts";
import { s6chown } from "./s6-chown.ts";
import { s6connlimit } from "./s6-connlimit.ts";
import { s6echo } from "./s6-echo.ts";
import { s6envdir } from "./s6-envdir.ts";
import { s6envuidgid } from "./s6-envuidgid.ts";
import { s6fdholderdaemon } from "./s6-fdholder-daemon.ts";
import { s6fdholderdelete } from "./s6-fdholder-delete.ts";
import { s6fdholdergetdump } from "./s6-fdholder-getdump.ts";
import { s6fdholderlist } from "./s6-fdholder-list.ts";
import { s6fdholderretrieve } from "./s6-fdholder-retrieve.ts";
import { s6fdholdersetdump } from "./s6-fdholder-setdump.ts";
import { s6fdholderstore } from "./s6-fdholder-store.ts";
import { s6fdholdertransferdump } from "./s6-fdholder-transferdump.ts";
import { s6fghack } from "./s6-fghack.ts";
import { s6ipcserver } from "./s6-ipcserver.ts";
import { s6ipcserversocketbinder } from "./s6-ipcserver-socketbinder.ts";
import { s6ioconnect } from "./s6-ioconnect.ts";
import { s6ipcclient } from "./s6-ipcclient.ts";
import { s6ipcserveraccess } from "./s6-ipcserver-access.ts";
import { s6maximumtime } from "./s6-maximumtime.ts";
import { s6mkfifo } from "./s6-mkfifo.ts";
import { s6notifyoncheck } from "./s6-notifyoncheck.ts";
import { s6rmrf } from "./s6-rmrf.ts";
import { s6seq } from "./s6-seq.ts";
import { s6setlock } from "./s6-setlock.ts";
import { s6setsid } from "./s6-setsid.ts";
import { s6setuidgid } from "./s6-setuidgid.ts";
import { s6softlimit } from "./s6-softlimit.ts";
import { s6sudo } from "./s6-sudo.ts";
import { s6sudoc } from "./s6-sudoc.ts";
import { shift } from "./shift.ts";
import { trap } from "./trap.ts";
import { tryexec } from "./tryexec.ts";
import { umask } from "./umask.ts";
import { unexport } from "./unexport.ts";
import { wait } from "./wait.ts";
import { withstdinas } from "./withstdinas.ts";

const programs: readonly ChainProgram[] = [
  background,
  backtick,
  caseProgram,
  cd,
  define,
  dollarat,
  elgetopt,
  elgetpositionals,
  elglob,
  eltest,
  emptyenv,
  envfile,
  execProgram,
  execlineCd,
  execlineUmask,
  execlineb,
  exitProgram,
  exportArray,
  exportProgram,
  fdblock,
  fdclose,
  fdmove,
  fdreserve,
  fdswap,
  forbacktickx,
  foreground,
  forstdin,
  forx,
  getcwd,
  getpid,
  heredoc,
  homeof,
  ifProgram,
  ifelse,
  ifte,
  ifthenelse,
  importas,
  loopwhilex,
  multidefine,
  multisubstitute,
  pipeline,
  piperw,
  posixCd,
  posixUmask,
  redirfd,
  runblock,
  s6applyuidgid,
  s6backgroundwatch,
  s6chown,
  s6connlimit,
  s6echo,
  s6envdir,
  s6envuidgid,
  s6fdholderdaemon,
  s6fdholderdelete,
  s6fdholdergetdump,
  s6fdholderlist,
  s6fdholderretrieve,
  s6fdholdersetdump,
  s6fdholderstore,
  s6fdholdertransferdump,
  s6fghack,
  s6ipcserver,
  s6ipcserversocketbinder,
  s6ioconnect,
  s6ipcclient,
  s6ipcserveraccess,
  s6maximumtime,
  s6mkfifo,
  s6notifyoncheck,
  s6rmrf,
  s6seq,
  s6setlock,
  s6setsid,
  s6setuidgid,
  s6softlimit,
  s6sudo,
  s6sudoc,
  shift,
  trap,
  tryexec,
  umask,
  unexport,
  wait,
  withstdinas,
];

/** Every program that runs in the process of a chain. */
export const CHAIN_PROGRAMS: ChainPrograms = new Map(programs.map((program) => [program.name, program]));
