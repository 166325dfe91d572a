import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { freePort } from "../support/ports.ts";

/** The session that people know, word for word but for the port, in a shell with our programs first in PATH. */
const SESSION = (port: number): string => `set -e
mkdir services run
s6-svscan $PWD/run -t 10000 &
tree=$!
trap 'kill $tree' EXIT
mkdir services/ncat-echo
cat > services/ncat-echo/run <<END
#!/usr/bin/env execlineb -P
ncat -e /bin/cat -k -l ${port}
END
chmod +x services/ncat-echo/run
# Who waits for s6-svscan before its first command may not be there yet: the commands themselves are the session's.
until s6-svscanctl run 2>/dev/null; do :; done
s6-mkfifodir services/ncat-echo/event
ln -s ../services/ncat-echo run/
s6-svscanctl -a run
until s6-svok services/ncat-echo; do :; done
s6-svwait -u -t 10000 services/ncat-echo
s6-svstat services/ncat-echo
s6-svstat -o up,wantedup,normallyup,ready,paused,pid,exitcode,signal,signum,updownsince,readysince,updownfor,readyfor services/ncat-echo
until { exec 5<>/dev/tcp/127.0.0.1/${port}; } 2>/dev/null; do :; done
echo hello >&5
read reply <&5
echo "$reply"
s6-svc -dx services/ncat-echo
unlink run/ncat-echo
s6-svscanctl -an run
while s6-svok services/ncat-echo; do :; done
for svc in services/*; do
  if s6-svok $svc; then echo "$svc: supervised"; else echo "$svc: not supervised"; fi
done
`;

test("the session that people know works word for word", async () => {
  const { stdout, stderr, status } = spawnSync("bash", ["-c", SESSION(await freePort())], {
    cwd: makeTempDirectory(),
    encoding: "utf8",
    timeout: 25_000,
    env: { ...process.env, PATH: `${OUR_BIN}:${process.env["PATH"]}` },
  });
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^up \(pid (\d+) pgid \1\) \d+ seconds$/);
  expect(lines[1]).toMatch(/^true true true false false \d+ -1 NA -1 @[0-9a-f]{24} @[0-9a-f]{24} \d+ \d+$/);
  expect(lines.slice(2)).toEqual(["hello", "services/ncat-echo: not supervised"]);
  expect(status).toBe(0);
});
