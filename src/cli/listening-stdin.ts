import { statFd } from "../sys/files.ts";
import { wasOpen } from "../sys/launch.ts";
import { ExitError } from "./failures.ts";

const [STDIN, STDOUT] = [0, 1];

/** What a server is started on. @throws ExitError 111: it is closed, 100: it is something else */
export function requireSocket(): void {
  const stdin = wasOpen(STDIN) ? statFd(STDIN) : undefined;
  if (stdin === undefined) throw new ExitError(111, "unable to fstat stdin: Bad file descriptor");
  if (!stdin.isSocket) throw new ExitError(100, "stdin is not a socket");
}

/** Where -1 tells that it is ready. @throws ExitError 100 */
export function requireStdout(): void {
  if (!wasOpen(STDOUT)) throw new ExitError(100, "called with option -1 but stdout said: Bad file descriptor");
}
