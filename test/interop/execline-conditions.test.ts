import { describe, expect, test } from "vitest";
import { ourScript, sameScript } from "../support/execline-scripts.ts";

const CHILDREN = ["true", "false", "sh -c 'exit 127'", "sh -c 'exit 128'", "sh -c 'exit 200'", "sh -c 'kill -9 $$'", "nonexistent", "/etc", "''", "' x'", "./text"];
/** As a block of execline. */
const quoted = (words: string): string => words.replaceAll("'", '"');

describe.each([
  ["foreground", ["{ X } printenv ?", "{ X }"]],
  ["if", ["{ X } echo on", "-n { X } echo on", "-nX { X } echo on", "-X { X }", "-x 77 { X } echo on", "-Xnt { X } printenv ?"]],
  ["ifelse", ["{ X } { echo then } echo else", "-nX { X } { printenv ? } printenv ?"]],
  ["ifte", ["{ echo then } { echo else } X", "-nX { printenv ? } { } X"]],
  ["ifthenelse", ["{ X } { echo then } { echo else } printenv ?", "-X { X } { X } { X } printenv ?", "-Xs { X } { echo then } { echo else } more"]],
] as const)("%s", (program, lines) => {
  test.each(lines)("%s, for any child", (line) => {
    for (const child of CHILDREN) {
      // From 2.9.5.0 on 126 stands for what is there and can't be executed.
      if (/printenv/.test(line) && ["/etc", "./text"].includes(child)) continue;
      if (line.endsWith("X") && child === "' x'") continue;
      sameScript(`${program} ${line.replaceAll("X }", `${quoted(child)} }`).replace(/X$/, quoted(child))}`, { before: "echo x >text; chmod +x text;" });
    }
  });
});

test.each([
  "foreground { } printenv ?", "foreground { }", 'foreground { "" }', "foreground a", "foreground", 'foreground "" ""', "export ? 7 foreground { echo a } printenv ?", "foreground { echo a } nonexistent",
  "foreground -z { echo a } echo", "foreground { foreground { sh -c \"exit 3\" } printenv ? } printenv ?",
  "if", "if -z", "if { } echo x", "if -n { } echo x", "if { } printenv ?", "if a", "if -x 300 { false } true", "if -x 256 { false } true", "if -x 255 { false } true", "if -x 77x { false } true", 'if -x "" { false } true',
  "if -x -1 { false } true", "if -x 00012 { false } true", "if -x 99999999999 { false } true", "if -tx3 { false } true", "if -x3 -t { false } true", "if -x", "if { true } nonexistent", "if { true } /etc", "if -n { true } nonexistent",
  "ifelse", "ifelse { true }", "ifelse { true } a b", "ifelse -z { true } { } a", "ifelse { true } { } echo", "ifelse { } { echo t } echo e", "ifelse -n { } { echo t } echo e", "ifelse { false } { echo t }", "ifelse { true } { nonexistent }",
  "ifte", "ifte { true }", "ifte { true } { }", "ifte { true } a b", "ifte -z { } { } a", "ifte { } { } true", "ifte { } { } false", 'ifte { } { } ""', "ifte { nonexistent } { } true", "ifte { echo $? } { echo a } true",
  "ifthenelse", "ifthenelse { true }", "ifthenelse { true } { true }", "ifthenelse { true } { true } a b", "ifthenelse -z { } { } { }", "ifthenelse { } { echo t } { echo e } printenv ?", "export ? 5 ifthenelse { true } { } { echo e } printenv ?",
  "ifthenelse { false } { echo t } { echo e }", "ifthenelse -s { true } { } { } echo b", "ifthenelse -s { true } { } { }", "ifthenelse -s { false } { echo t } { echo e }", "ifthenelse { true } { echo t } { } nonexistent",
  "if { if { if { true } false } true } echo x", "if { ifelse -n { false } { exit 5 } false } echo x", "foreground { if { false } true } foreground { loopwhilex false } printenv ?",
])("%s", (script) => void sameScript(script));

test.each(["1", "2", "0", "x"])("EXECLINE_STRICT=%s", (strict) => {
  const words = (line: string) => `${line.replaceAll("{}", '""')}`;
  for (const line of ["foreground true {} echo", "if \" a\" b {} echo", "ifelse true {} echo a {} echo b", "ifte echo {} \" echo\" x {} true", "ifthenelse true {} echo a {} \" echo\" b {} echo c", "background true {} echo on"]) {
    sameScript(words(line), { env: { EXECLINE_STRICT: strict } });
  }
});

test.each([
  "tryexec", "tryexec a", "tryexec { }", "tryexec -z { a } b", "tryexec { nonexistent } echo x", "tryexec { nonexistent }", "tryexec { /etc } echo x", 'tryexec { "" } echo x', "tryexec { echo a }", "tryexec { echo a } nonexistent",
  "tryexec { nonexistent } nonexistent2", "tryexec -n { nonexistent } echo x", "tryexec -n { echo b } nonexistent", "tryexec -n { nonexistent } /etc", "tryexec -n { echo b }", "tryexec -c { /usr/bin/env } echo x",
  "tryexec -c { nonexistent } /usr/bin/printenv A", "tryexec -nc { /usr/bin/printenv A } nonexistent", "tryexec -nc { echo } /usr/bin/printenv A", "tryexec -c { if { /usr/bin/printenv A } echo } echo x",
  "tryexec -l { cat /proc/self/cmdline } echo x", "tryexec -a foo { cat /proc/self/cmdline } echo x", "tryexec -la foo { cat /proc/self/cmdline } echo x", "tryexec -a a -a b -l { cat /proc/self/cmdline } echo x",
  "tryexec -l { nonexistent } cat /proc/self/cmdline", "tryexec -a x { nonexistent } cat /proc/self/cmdline", "tryexec -nl { cat /proc/self/cmdline } cat /proc/self/cmdline", "tryexec -na x { cat /proc/self/cmdline } nonexistent",
  "tryexec -a foo { if { true } echo on } echo", "tryexec { tryexec { nonexistent } nonexistent } echo on", "tryexec -a \"\" { cat /proc/self/cmdline } echo x",
])("%s", (script) => void sameScript(script, { env: { A: "value" } }));

const COUNTING = 'sh -c "read n <n; echo $(($n + 1)) >n; echo $n; exit $n"';
test.each([
  "loopwhilex", "loopwhilex -z true", "loopwhilex -x a true", 'loopwhilex -x "" true', 'loopwhilex -o "" true', 'loopwhilex -o " 1" true', "loopwhilex -o ,1 true", "loopwhilex -x -1 true", "loopwhilex -x", "loopwhilex nonexistent", "loopwhilex /etc",
  'loopwhilex ""', "loopwhilex false", "loopwhilex -n true", "loopwhilex -x 128 sh -c \"exit 200\"", "loopwhilex sh -c \"kill -9 $$\"", 'loopwhilex -x 1,,137 sh -c "kill -9 $$"',
  ...["-x 4", "-o 0,1,2", "-n -x 0,1,2", "-n -o 3", "-o 0 -x 3", "-x 3 -o 0,1", '-x "9 8;5:4"', "-o 0,1x2", "-x 0x,1", '-n -o "3,x"', "-o 00,01", "", "-x 65535,3"].map((options) => `loopwhilex ${options} ${COUNTING}`),
])("%s", (script) => {
  expect(sameScript(script, { before: 'export n=0; echo 0 >n;' }).exitCode).not.toBe(null);
});

test.each([["loopwhilex { true }", "loopwhilex", "loop"], ["ifte { } { } { true }", "ifte", "condition"]])("%s: no block is wanted there", (script, program, what) => {
  expect(ourScript(script)).toMatchObject({ exitCode: 111, stderr: `${program}: fatal: unable to spawn  true: No such file or directory\n${program}: hint: the ${what} is the rest of the command line, no block\n` });
});

test.each([["foreground { /etc } printenv ?", "foreground"], ["ifthenelse { true } { /etc } { } printenv ?", "ifthenelse"]])("%s: 126, as since 2.9.5.0", (script, program) => {
  expect(ourScript(script)).toMatchObject({ stdout: "126\n", stderr: `${program}: warning: unable to spawn /etc: Permission denied\n` });
});
