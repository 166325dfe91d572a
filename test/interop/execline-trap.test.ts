import { describe, expect, test } from "vitest";
import { ourScript, sameScript } from "../support/execline-scripts.ts";

const NAMES = ["HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "IOT", "BUS", "FPE", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CLD", "CONT", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "POLL", "PWR", "SYS", "RTMIN", "RTMAX", "LOST", "EMT"];

describe("the command line", () => {
  test.each([
    "trap", 'trap ""', 'trap "" ""', "trap a", "trap -z { TERM { echo } } true", "trap { } echo", "trap { TERM { echo } }", "trap TERM", "trap { CHLD { a } } true", "trap { KILL { a } } true", "trap { STOP { a } } true", "trap { 9 { a } } true", "trap { 17 { a } } true",
    "trap { 0 { a } } true", "trap { 65 { a } } true", "trap { 64 { a } } true", "trap { 32 { a } } true", "trap { 33 { a } } true", "trap { 34 { a } } true", "trap { 4294967296 { a } } true", "trap { FOO { a } } true", "trap { FOO } true",
    'trap { "" { a } } true', "trap { 015 { a } } true", "trap { 15x { a } } true", "trap { -1 { a } } true", "trap { TERM } true", "trap { TERM a } true", "trap { TERM { a } HUP } true", "trap { TERM { a } term { b } } true", "trap { TERM { a } 15 { b } } true",
    "trap { TERM { a } TERM } true", "trap { KILL } true", "trap { default } true", "trap { default { a } default } true", "trap { default { a } default { b } } true", "trap { DEFAULT { a } } true", "trap { timeout { a } } true", "trap { TERM { } } true", "trap { SIGsigTERM { a } } true", "trap { sigterm { a } } true", "trap { TERM { a } } nonexistent", "trap { TERM { a } } /etc",
  ])("%s", (script) => void sameScript(script));

  test("names", () => {
    for (const name of NAMES) sameScript(`trap { ${name} { a } } true`);
  });

  test.each(["1", "2"])("EXECLINE_STRICT=%s", (strict) => {
    for (const words of ['" TERM" "  echo" " " HUP " a" " " "" true', '" TERM" " echo" " " " HUP" "  a" " " "" true', 'TERM " " "" true']) sameScript(`trap ${words}`, { env: { EXECLINE_STRICT: strict } });
  });
});

/** Of PROG: sends these to trap, one after the other, and ends. */
const sending = (signals: string, end: string): string => `sh -c "for s in ${signals}; do kill -$s $PPID; sleep 0.1; done; ${end}"`;

test.each([
  `trap { TERM { echo t } } ${sending("TERM", "exit 7")}`, `trap { sigterm { echo t } } ${sending("TERM", "exit 200")}`, `trap { 15 { printenv SIGNAL } } ${sending("TERM TERM", "kill -9 $$")}`, `trap { 15 { } } ${sending("TERM", "exit 5")}`,
  `trap { 15 { nonexistent } } ${sending("TERM", "exit 5")}`, `trap { default { printenv SIGNAL } } ${sending("TERM WINCH 34 CONT", "exit 5")}`, `trap { HUP { echo h } default { printenv SIGNAL } } ${sending("TERM HUP", "exit 5")}`,
  `trap { HUP { echo h } } ${sending("TERM", "echo still")}`, `trap -x { HUP { echo h } } sh -c "trap 'echo got' TERM; kill -TERM $PPID; sleep 0.2; kill -HUP $PPID; sleep 0.2; exit 3"`, `trap -x { HUP { echo h } default { echo d } } ${sending("TERM HUP", "exit 3")}`,
  `trap { SEGV { echo s } 34 { echo r } } ${sending("SEGV 34", "exit 0")}`, 'trap { TERM { sh -c "echo b; sleep 0.4; echo e" } } sh -c "kill -TERM $PPID; sleep 0.1; kill -TERM $PPID; sleep 0.7; kill -TERM $PPID; sleep 0.7; exit 5"',
  'trap { TERM { sh -c "echo b; sleep 0.3; echo e" } HUP { echo h } } sh -c "kill -TERM $PPID; sleep 0.15; kill -HUP $PPID; sleep 0.05; exit 5"', `trap { TERM { cat } } ${sending("TERM", "exit 0")}`, `trap -x { HUP { a } } sh -c "kill -CHLD $PPID; kill -9 $$"`,
  `export SIGNAL x trap { USR1 { true } } sh -c "printenv SIGNAL; printenv !"`, `if { trap { TERM { exit 1 } } ${sending("TERM", "true")} } echo on`,
])("%s", (script) => {
  sameScript(script, { before: "exec 3</dev/null 9>/dev/null;", stdin: "in\n" });
});

test("a signal that was ignored", () => {
  sameScript(`trap { HUP { echo h } } ${sending("HUP TERM", "echo on")}`, { before: "trap '' HUP TERM;" });
});

test("$! is the pid of PROG", () => {
  const { stdout } = ourScript('trap { TERM { printenv ! } } sh -c "echo $$; kill -TERM $PPID; sleep 0.2"');
  expect(new Set(stdout.trim().split("\n")).size).toBe(1);
});
