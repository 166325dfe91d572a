import { test } from "vitest";
import { sameCommands } from "../support/execline-commands.ts";
import { crossed, cwd, ENV, S } from "../support/substitutions.ts";

const POSITIONALS = [
  ...["'#=2' 0=me 1=a 2=b", "'#=2' 0=me 1=a", "'#=2' 1=a 2=b", "0=me 1=a", "'#=x' 0=me", "'#=' 0=me", "'#=0' 0=me", "'#=5' 0=me 1=a 3=c", "'#=1' 0=me 1=a 2=b", "'#=4294967295' 0=me", "'#=01' 0=me 1=a"]
    .flatMap((vars) => ["", `${S} '$#' '$@' '$0' '$1' '$2' '$3'`, `-P 3 ${S} '$#' 'x$@' '$0' '$1$2' '$3' '$4' '$01'`].map((line) => `env -i PATH=/usr/bin ${vars} $E/elgetpositionals ${line}`)),
  ...["-P", "-P x echo", "-P 3", "-x echo", `-P3 -- echo '$3$@'`, "'$@'", "nope", `-P0 '$@x'`, `-P 1 -P 3 ${S} '$3'`, "-P 4294967296 echo"].map((line) => `${ENV} $E/elgetpositionals ${line}`),
];

const MULTIDEFINE = [
  "", "v", "v ' A' ''", "'a b' ' A'", `'a b' '' ${S}`, `-r 'a b' '' ${S}`, "-x v", `-s 'a b' ' A' '' echo`, `-- 'a b' ' A' '' echo '$A'`, "'a b' ' A' '' nope", "'a b' ' A' ''", `'a b' ' A' ' A' '' ${S} '$A'`, `'a b' A B '' ${S} '$A'`, `-0 '' ' A' '' '$A'`,
  ...crossed(["", "-r", "-0", "-0r", "-n", "-C", "-N", "-d:", "-d ''"], ["'a b c  d '", "''", "a", "a:b:c", "1:a,", "x"]).map(([options, value]) => `${options} ${value} ' A' ' ' ' B' '' ${S} 'x$A' 'y$B'`),
  ...crossed(["-r", "-0r"], ["a", "'a b'", "'a b c d e f'"]).flatMap(([options, value]) => ["' A' ' '", "' A' ' ' ' '", "' ' ' A' ' ' ' '"].map((keys) => `${options} ${value} ${keys} '' ${S} 'x$A'`)),
  `-r 'a b c' ' A' ' ' '' ${S} '$A' '$'`, "-r 'a b' ' ' ' ' '' echo", `'a b' ' A=' '' ${S} '$A='`,
].map((line) => `multidefine ${line}`).flatMap((line, index) => (index % 6 === 3 ? [line, `env EXECLINE_STRICT=1 $E/${line}`] : [line]))
  .concat(["'a b' A ' B' '' echo '$A' '$B'", "'a b' A ' B' ", "'a b' A ' B' ''", "'a b' ' A' B", "v"].flatMap((line) => ["1", "2", "x"].map((value) => `env EXECLINE_STRICT=${value} $E/multidefine ${line}`)));

const D = "' define' ' A' ' b'";
const MULTISUBSTITUTE = [
  "", "''", `'' ${S} '$A'`, `${D} '' ${S} '$A'`, `${D} ' define' ' B' ' $A' '' ${S} '$A' '$B'`, `${D} ' define' ' A' ' c' '' echo`, "' nope' ' A' '' echo", "' define' ' A' '' echo", "' define' '' echo", `' define' ' -s' ' A' ' a b' '' ${S} '$A'`, "' define' ' -x' ' A' ' b' '' echo",
  `' importas' ' A' ' X' '' ${S} '$A'`, "' importas' ' -i' ' A' ' Z' '' echo", "' importas' ' -ui' ' A' ' X' '' env", "' importas' ' A' '' echo", "' importas' ' -z' ' A' '' echo", "' elglob' ' A' '' echo", `' elglob' ' -s' ' A' ' [a-c]' '' ${S} '$A'`, "' elglob' ' -z' ' A' ' b' '' echo", "' elglob' ' -vw' ' A' ' /nonexistent/*' '' echo",
  `' elgetpositionals' '' ${S} '$1' '$@'`, `' elgetpositionals' ' -P' ' 3' '' ${S} '$1' '$3'`, "' elgetpositionals' ' -P' ' x' '' echo", "' elgetpositionals' ' -P' '' echo", `' elgetpositionals' ' define' ' 1' ' z' '' echo`, "' define' ' 1' ' z' ' elgetpositionals' '' echo", "' define' ' 3' ' z' ' elgetpositionals' '' echo '$3'",
  "' define' ' 3' ' z' ' elgetpositionals' ' -P3' '' echo", "' elgetpositionals' ' elgetpositionals' '' echo", `' multidefine' ' a b' '  A' '  B' ' ' '' ${S} '$A' '$B'`, "' multidefine' ' a b' '  A' '  B' '' echo", `' multidefine' ' a b' ' A' ' B' ' ' '' ${S} '$A' '$B'`, "' multidefine' ' a b' ' ' '' echo", "' multidefine' '' echo", "' multidefine' ' v' '' echo",
  "' multidefine' ' a b' '  A' '  A' ' ' '' echo", "' define' ' ' ' b' '' echo", "' importas' ' ' ' X' '' echo", "' elglob' ' ' ' X' '' echo", `${D} '' '$A'`, `${D} ''`, D, "define A b '' echo '$A'", `' importas' ' -D' ' d' ' A' ' Z' '' ${S} '$A'`, "' define' ' -d' '' echo", `' define' ' --' ' A' ' b' ' ' '' echo`, "' ' '' echo", "' define' ' -sd' ' ' ' A' ' x' '' echo",
  `' importas' ' -u' ' A' ' X' ' importas' ' -iu' ' B' ' X' '' ${S} '$A' '$B'`, `' multidefine' ' -r' ' a b c' '  A' '  B' ' ' ' define' ' C' ' c' '' ${S} '$A' '$B' '$C'`, `${D} '' nope`, "' importas' ' -i' ' A' ' Z' ' nope' '' echo", "' nope' ' importas' '' echo", `${D} ' importas' ' -i' ' A' ' Z' '' echo`, "' define' ' -sd' ' ' ' A' ' x' ' define' ' B' '' echo",
].map((line) => `${ENV} $E/multisubstitute ${line}`).concat(["define A b '' echo '$A'", "' multidefine' ' a b' ' A' ' B' ' ' '' echo '$A'", "' multidefine' ' a b' A B ' ' '' echo", "define A", "' multidefine' ' a' '  A' ' B' ' ' ' multidefine' ' b' ' C' '  D' ' ' '' echo '$A' '$C'"].flatMap((line) => ["1", "2"].map((value) => `env EXECLINE_STRICT=${value} $E/multisubstitute ${line}`)));

test.each([["elgetpositionals", POSITIONALS], ["multidefine", MULTIDEFINE], ["multisubstitute", MULTISUBSTITUTE]])("%s", (_, lines) => {
  sameCommands({ cwd: cwd() }, lines.map((line) => (line.startsWith("env ") ? `exec ${line}` : `exec $E/${line}`)));
});
