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

describe("programs that only answer", () => {
  test.each([
    "if { exit } echo on", "if { exit 3 } echo on", "if { exit 300 } echo on", "if { exit 200 } echo on", "if { exit x } echo on", "if -n { eltest a = b } echo on", "if { eltest a = } echo on", "foreground { exit 9 } printenv ?", "ifelse { eltest -e /etc } { echo then } echo else",
    "export V x if { eltest -v V } echo on", "loopwhilex exit 7", "ifthenelse { exit 1 } { exit 2 } { exit 3 } printenv ?", "ifte { echo then } { echo else } eltest 1 -gt 2", "fdclose 2 if { eltest a = } echo on", "umask 077 foreground { exit } umask 022 foreground { exit 1 } printenv ?",
    "foreground { pipeline { dollarat } false } printenv ?",
  ])("%s", (script) => void sameScript(script));
});

test.each([["loopwhilex { true }", "loopwhilex", "loop"], ["ifte { } { } { true }", "ifte", "condition"]])("%s: no block is wanted there", (script, program, what) => {
  expect(ourScript(script)).toMatchObject({ exitCode: 111, stderr: `${program}: fatal: unable to spawn  true: No such file or directory\n${program}: hint: the ${what} is the rest of the command line, no block\n` });
});

test.each([["foreground { /etc } printenv ?", "foreground"], ["ifthenelse { true } { /etc } { } printenv ?", "ifthenelse"]])("%s: 126, as since 2.9.5.0", (script, program) => {
  expect(ourScript(script)).toMatchObject({ stdout: "126\n", stderr: `${program}: warning: unable to spawn /etc: Permission denied\n` });
});
