import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { chainWith, sameChain, STATE } from "../support/chains.ts";
import { OUR_BIN } from "../support/executables.ts";

/** Each begins in the same empty directory. */
const same = (script: string) => sameChain({ cwd: makeTempDirectory() }, `rm -rf -- *; ${script}`);
const BINDER = "$BIN/s6-ipcserver-socketbinder";

/** What the socket is, as PROG sees it: blocking, family, type, path, does it listen? */
const SOCKET = `python3 -c '
import fcntl, os, socket
s = socket.socket(fileno=0)
print(fcntl.fcntl(0, fcntl.F_GETFL) & os.O_NONBLOCK != 0, s.family, s.type, s.getsockname(), s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))'; stat -c '%n %a %F %s' -- *`;

describe("s6-ipcserver-socketbinder makes what C's does", () => {
  test.each(["s", "-B s", "-b 0 s", "-b 1 s", "-m -b 0 s", "-mB -b0 s", "-mM s", "-D s", "-a 0700 s", "-a 07 s", "-a 0 s", "-a 17644 s", "-- -s"])("%s", (args) => {
    expect(same(`${BINDER} ${args} sh -c "$(cat <<'END'\n${SOCKET}\nEND\n)"`).exitCode).toBe(0);
  });

  test.each(["", "s", "-x s true", "-a 8 s true", "-a '' s true", "-b x s true", "-b -1 s true", "-m s true", "/nonexistent/s true", "/etc true", "s nonexistent", "s /etc", "-D s true; $BIN/s6-ipcserver-socketbinder -D s true"])(
    "%s", (args) => void same(`${BINDER} ${args}; echo $?; stat -c '%n %a %F' * 2>&1`));

  test("and nothing else is different for PROG", () => {
    for (const before of ["", "exec <&-;", "umask 027;", "exec 5</dev/null;", "ulimit -Sn 77;"]) expect(same(`${before} exec ${BINDER} s ${STATE}`).exitCode).toBe(0);
  });

  test("a path that is too long is told as by 2.15", () => {
    const path = "x".repeat(108);
    expect(chainWith(OUR_BIN, { cwd: makeTempDirectory() }, `${BINDER} ${path} true`)).toMatchObject({
      exitCode: 111, stderr: `s6-ipcserver-socketbinder: fatal: unable to bind to ${path}: File name too long\n`,
    });
    same(`${BINDER} ${path.slice(1)} true`);
  });
});

describe("what is at the path", () => {
  test.each([
    ["a file", "echo x >s"], ["a directory", "mkdir s"], ["a link", "echo x >t; ln -s t s"], ["a link to nothing", "ln -s t s"], ["a FIFO", "mkfifo s"],
    ["a lock that is a link to nothing", "ln -s t s.lock"], ["a lock that is a directory", "mkdir s.lock"], ["a lock that is a FIFO", "mkfifo s.lock"],
    ["a lock that is a link to itself", "ln -s s.lock s.lock"], ["a lock with content", "echo x >s.lock; chmod 644 s.lock"],
  ])("%s", (_name, before) => void same(`${before}; ${BINDER} s echo done; echo $?; stat -c '%n %a %F %s' * 2>&1`));

  test("a path of a server that runs is taken over, since the lock ends when PROG begins", () => {
    expect(same(`${BINDER} s ${BINDER} s echo done`).stdout).toBe("done\n");
    expect(same(`${BINDER} s sh -c '/usr/bin/s6-setlock -n s.lock echo free'`).stdout).toBe("free\n");
  });

  test("a lock that somebody holds forbids it; one's own does not, and is gone then", () => {
    expect(same(`/usr/bin/s6-setlock s.lock sh -c '${BINDER} s true; echo $?'`)).toMatchObject({ stdout: "111\n", stderr: "s6-ipcserver-socketbinder: fatal: unable to bind to s: Device or resource busy\n" });
    expect(same(`$BIN/s6-setlock s.lock ${BINDER} s sh -c '/usr/bin/s6-setlock -n s.lock echo free'`).stdout).toBe("free\n");
  });

  test("bytes that are no UTF-8", () => void same(`${BINDER} "$(printf 'a\\377b')" true; stat -c '%F' *; ls -b`));
});
