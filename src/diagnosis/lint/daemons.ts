/**
 * Daemons that go into the background unless they are told not to (`needs`), or when they are told to (`hates`), by
 * what their manuals say. Only those whose default is the same in all usual builds.
 */
interface Habit {
  readonly needs?: RegExp;
  readonly hates?: RegExp;
  /** As good as `needs`, in a configuration that run itself may write. */
  readonly configured?: RegExp;
  /** What to say instead. */
  readonly advice: string;
}

/** A letter among short options: flag("D") matches -D and -De. */
const flag = (letters: string): RegExp => new RegExp(`(^|\\s)-[A-Za-z]*[${letters}]`);
const word = (text: string): RegExp => new RegExp(`(^|\\s)${text}(?=[\\s=]|$)`);

const HABITS: readonly (readonly [names: RegExp, habit: Habit])[] = [
  [/^nginx$/, { needs: /daemon\s+off|\s-[tTvVsh?](\s|$)/, configured: /^\s*daemon\s+off;/m, advice: "start it with -g 'daemon off;', unless its configuration says that" }],
  [/^(redis|valkey)-server$/, { hates: /--daemonize\s+yes/, advice: "leave --daemonize out, or say no" }],
  [/^sshd$/, { needs: flag("DdiTt"), advice: "start it with -D" }],
  [/^(httpd|apache2|apache2ctl|apachectl)$/, { needs: /-D\s*FOREGROUND|-D\s*NO_DETACH|\s-X/, advice: "start it with -DFOREGROUND" }],
  [/^cron$/, { needs: flag("f"), advice: "start it with -f" }],
  [/^rsyslogd$/, { needs: flag("nN"), advice: "start it with -n" }],
  [/^syslog-ng$/, { needs: /\s(-[A-Za-z]*F|--foreground)/, advice: "start it with -F" }],
  [/^(mysqld|mariadbd)$/, { hates: word("--daemonize"), advice: "leave --daemonize out" }],
  [/^mongod$/, { hates: word("--fork"), advice: "leave --fork out" }],
  [/^memcached$/, { hates: /\s(-d|--daemon)(\s|$)/, advice: "leave -d out" }],
  [/^haproxy$/, { hates: /\s-D(\s|$)/, advice: "leave -D out" }],
  [/^varnishd$/, { needs: flag("FdCVx"), advice: "start it with -F" }],
  [/^dnsmasq$/, { needs: /\s(-[A-Za-z]*[kdw]|--keep-in-foreground|--no-daemon|--test)/, advice: "start it with -k" }],
  [/^ntpd$/, { needs: /\s(-[A-Za-z]*[ndq]|--nofork)/, advice: "start it with -n" }],
  [/^chronyd$/, { needs: flag("dnqQ"), advice: "start it with -n" }],
  [/^named$/, { needs: flag("fgvV"), advice: "start it with -f" }],
  [/^(smbd|nmbd|winbindd)$/, { needs: /\s(-[A-Za-z]*[Fi]|--foreground|--interactive)/, advice: "start it with -F" }],
  [/^squid$/, { needs: /\s(-[A-Za-z]*[Nzk]|--foreground)/, advice: "start it with --foreground" }],
  [/^lighttpd$/, { needs: flag("DtvVp"), advice: "start it with -D" }],
  [/^php-fpm[\d.]*$/, { needs: /\s(-[A-Za-z]*[Ftiv]|--nodaemonize)/, advice: "start it with --nodaemonize" }],
  [/^proftpd$/, { needs: /\s(-[A-Za-z]*[nt]|--nodaemon)/, advice: "start it with --nodaemon" }],
  [/^avahi-daemon$/, { hates: /\s(-D|--daemonize)/, advice: "leave --daemonize out" }],
  [/^gunicorn$/, { hates: /\s(-D|--daemon)(\s|$)/, advice: "leave --daemon out" }],
  [/^uwsgi$/, { hates: /\s(-d|--daemonize)/, advice: "leave --daemonize out" }],
  [/^supervisord$/, { needs: /\s(-[A-Za-z]*n|--nodaemon)/, advice: "start it with --nodaemon" }],
  [/^openvpn$/, { hates: word("--daemon"), advice: "leave --daemon out" }],
  [/^tor$/, { hates: /--?RunAsDaemon\s+1/i, advice: "say --RunAsDaemon 0" }],
  [/^start-stop-daemon$/, { hates: /\s(-[A-Za-z]*b|--background)(\s|$)/, advice: "leave --background out" }],
  [/^(daemonize|systemctl|service|rc-service|invoke-rc\.d|pg_ctl|pg_ctlcluster)$/, { needs: /--foreground/, advice: "start the daemon itself" }],
];

/** Why this command line, of that script, will go into the background; undefined when nothing says so. */
export function whyBackground(program: string, commandLine: string, script: string): string | undefined {
  for (const [names, { needs, hates, configured, advice }] of HABITS) {
    if (!names.test(program)) continue;
    if (configured?.test(script) === true) return undefined;
    const isFine = hates === undefined ? needs?.test(commandLine) === true : !hates.test(commandLine);
    return isFine ? undefined : `${program} goes into the background like this: ${advice}`;
  }
  return undefined;
}
