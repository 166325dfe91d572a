import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RULES, verdict } from "../../src/diagnosis/lint/finding.ts";
import { meantBy } from "../../src/diagnosis/lint/misspelt.ts";
import { parseScript, whyDeaf, whyForks } from "../../src/diagnosis/lint/script.ts";

test("every finding is documented with its level, and nothing else is", () => {
  const page = readFileSync(new URL("../../docs/programs/s6-lint.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| (\w+) \|/gm)].map(([, id, level]) => [id, level]);
  expect(Object.fromEntries(rows)).toEqual(RULES);
  expect(rows).toHaveLength(Object.keys(RULES).length);
});

test("the verdict is that of the worst finding", () => {
  expect([verdict([]), verdict(["info"]), verdict(["info", "warning"]), verdict(["warning", "error", "info"])]).toEqual([0, 0, 1, 2]);
});

describe("names", () => {
  test.each([
    ["notification_fd", "notification-fd"], ["notificationfd", "notification-fd"], ["notify-fd", undefined], ["timeout_kill", "timeout-kill"],
    ["timeout-kil", "timeout-kill"], ["finsh", "finish"], ["fnish", "finish"], ["Finish", "finish"], ["finish.sh", "finish"], ["run.sh", "run"],
    ["rnu", "run"], ["Run", "run"], ["lock_fd", "lock-fd"], ["max_death_tally", "max-death-tally"], ["flag_newpidns", "flag-newpidns"],
    ["down_signal", "down-signal"], ["pid-file", "pidfile"], ["Down", "down"],
  ])("%s: %s", (name, meant) => expect(meantBy(name, [])).toBe(meant));

  test.each(["run", "finish", "down", "data", "env", "check", "README", "run~", "run.bak", "finish.orig", "config", "type", "timeout-up", "timeout-down", "town", "finished"])(
    "%s is meant",
    (name) => expect(meantBy(name, ["run"])).toBeUndefined(),
  );

  test("a short word is suspicious only where the real one is missing", () => {
    expect([meantBy("ran", []), meantBy("ran", ["run"])]).toEqual(["run", undefined]);
  });
});

const sh = (text: string) => parseScript("/bin/sh", "", `#!/bin/sh\n${text}\n`);

describe("a run that forks", () => {
  test.each([
    "exampled &", "exampled >log 2>&1 &", "exampled & # for ever", "exampled &\nexit 0", "foo \\\n  bar &", "exampled & disown",
    "nginx", "exec nginx -c x.conf", "exec /usr/sbin/nginx", "exec s6-setuidgid www nginx", "exec nice -n 5 nginx", "cd / && exec nginx",
    "FOO=bar exec nginx", "redis-server --daemonize yes", "exec redis-server /etc/redis.conf --daemonize yes", "exec /usr/sbin/sshd -e",
    "exec httpd", "exec memcached -d -m 64", "exec php-fpm8.2", "exec mongod --fork", "exec cron", "systemctl start foo", "pg_ctl -D /x start",
    "start-stop-daemon --start --background --exec /x",
  ])("%s", (text) => expect(whyForks(sh(text))).toBeDefined());

  test.each([
    "exec exampled", "exampled &\nwait", "a && b", "exec exampled 2>&1", "echo 'a &'", "# exampled &\nexec exampled", "exec nginx -g 'daemon off;'",
    'exec nginx -g "daemon off;"', "exec redis-server", "exec redis-server --daemonize no", "exec sshd -D", "exec sshd -De", "exec httpd -DFOREGROUND",
    "exec memcached -m 64", "exec php-fpm -F", "exec s6-setuidgid nginx php-fpm -F", "exec sudo -u nginx node app.js", "nginx -t\nexec foo", "exec cron -f",
    "pkill nginx\nexec foo", "exec my-nginx", "exec s6-notifyoncheck -c 'pgrep nginx' foo", "exec gosu redis redis-server", "",
  ])("not: %s", (text) => expect(whyForks(sh(text))).toBeUndefined());

  test("in execline, where & means nothing", () => {
    const script = (text: string) => parseScript("/usr/bin/env", "execlineb -P", `#!/usr/bin/env execlineb -P\n${text}\n`);
    expect(whyForks(script("fdmove -c 2 1\ns6-setuidgid www\nnginx"))).toBeDefined();
    expect(whyForks(script("fdmove -c 2 1 nginx"))).toBeDefined();
    expect(whyForks(script("fdmove -c 2 1 nginx -g \"daemon off;\""))).toBeUndefined();
    expect(whyForks(script("echo &"))).toBeUndefined();
  });
});

describe("a logger", () => {
  test.each(["exec s6-log t ./main </dev/null", "exec </dev/null\ns6-log t ./main", "exec sleep 1000", "exec s6-log t . <&-", "exec s6-log t . <fifo"])(
    "that is deaf: %s",
    (text) => expect(whyDeaf(sh(text), false)).toBeDefined(),
  );
  test.each(["exec s6-log t ./main", "while read -r line; do echo \"$line\"; done", "exec s6-log t ./main 2>&1", "exec s6-log t . <&3", "cat", "exec logger -t x"])(
    "that listens: %s",
    (text) => expect(whyDeaf(sh(text), false)).toBeUndefined(),
  );
  test("with an input of its own", () => expect(whyDeaf(sh("exec s6-log t . <fifo"), true)).toBeUndefined());
  test("in execline", () => {
    expect(whyDeaf(parseScript("/bin/execlineb", "-P", "#!/bin/execlineb -P\nredirfd -r 0 /dev/null\ns6-log t .\n"), false)).toBeDefined();
  });
});
