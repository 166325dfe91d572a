import { spawnSync } from "node:child_process";

/** Debian's programs; those in PATH are wrappers that change the environment. */
export const C_EXECLINE = "/usr/lib/execline/bin";

/** Arguments are bytes, which Node can't hand over. */
export interface Call {
  readonly args: readonly string[];
  /** Its content goes to a file, whose name goes behind the first `after` arguments. */
  readonly file?: { readonly content: string; readonly after: number } | undefined;
}

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Reads calls as netstrings of netstrings, answers wait status, stdout and stderr of each. */
const RUNNER = `
use strict; use Fcntl;
binmode STDIN; binmode STDOUT; $^F = 2;
my $input = do { local $/; <STDIN> };
sub fields { my ($text) = @_; my @fields; my $at = 0;
  while ($at < length $text) { my $colon = index($text, ":", $at); my $size = substr($text, $at, $colon - $at); push @fields, substr($text, $colon + 1, $size); $at = $colon + $size + 2 }
  return @fields }
sub field { return length($_[0]) . ":" . $_[0] . "," }
my $script = $ARGV[0];
open(STDIN, "<", "/dev/null");
for my $call (fields($input)) {
  my ($args, $after, $content) = fields($call);
  my @args = fields($args);
  if ($after ne "") { open(my $file, ">:raw", $script) or die; print $file $content; close $file; splice(@args, $after, 0, $script) }
  pipe(my $out, my $to_out); pipe(my $err, my $to_err);
  my $pid = fork;
  if ($pid == 0) {
    open(STDOUT, ">&", $to_out); open(STDERR, ">&", $to_err); { no warnings; exec { $args[0] } @args; } exit 99;
  }
  close $to_out; close $to_err;
  my ($said, $complained) = do { local $/; (scalar(<$out>), scalar(<$err>)) };
  waitpid $pid, 0;
  print field(field($? & 127 ? 256 + ($? & 127) : $? >> 8) . field($said // "") . field($complained // ""));
}
`;

const netstring = (bytes: string): string => `${bytes.length}:${bytes},`;
const netstrings = (words: readonly string[]): string => words.map(netstring).join("");

/** Independent of src/execline, which is what is tested. */
function fields(bytes: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const colon = bytes.indexOf(":", at);
    const end = colon + 1 + Number(bytes.slice(at, colon));
    found.push(bytes.slice(colon + 1, end));
    at = end + 1;
  }
  return found;
}

/** One process after the other, without any environment; `scratch` is the name of a file that may be written. */
export function run(calls: readonly Call[], scratch: string): Outcome[] {
  const input = netstrings(calls.map(({ args, file }) =>
    netstrings([netstrings(args), file === undefined ? "" : String(file.after), file?.content ?? ""])));
  const { stdout, stderr, status } = spawnSync("/usr/bin/perl", ["-e", RUNNER, scratch], { input: Buffer.from(input, "latin1"), maxBuffer: 2 ** 30, env: {} });
  if (status !== 0) throw new Error(`the runner failed: ${stderr.toString()}`);
  return fields(stdout.toString("latin1")).map((outcome) => {
    const [exitCode = "", said = "", complained = ""] = fields(outcome);
    return { exitCode: Number(exitCode), stdout: said, stderr: complained };
  });
}
