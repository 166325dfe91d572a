import { expect, test } from "vitest";
import { sameScript } from "../support/execline-scripts.ts";

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
