import { test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { sameCommands } from "../support/execline-commands.ts";

const NUMBERS = ["0", "1", "3", "5", "03", "77", "99999", "2147483647", "2147483648", "4294967295", "4294967296", "-1", "+1", "x", "''", "' 1'"];
const SHOW = `sh -c 'cd /proc/$$/fd; for fd in *; do test -e $fd && echo $fd $(readlink $fd) $(grep flags ../fdinfo/$fd); done'`;

const same = (lines: readonly string[], before = "") => sameCommands({ cwd: makeTempDirectory() }, lines.map((line) => `${before} exec $E/${line}`));

test.each([
  ["fdmove", [
    "fdmove", "fdmove 3", "fdmove 3 1", "fdmove -c", `fdmove -x 3 1 ${SHOW}`, `fdmove 3 1 sh -c 'echo a >&3'`, `fdmove -c 3 1 ${SHOW}`, `fdmove -cc -- 9 1 ${SHOW}`, `fdmove -- 0 1 sh -c 'echo a >&0'`,
    "fdmove 3 1 nope", "fdmove 2 1 nope", "fdmove 3 2 nope", "fdmove 3 2 fdmove 2 3 nope", "fdmove - 1 echo", ...NUMBERS.flatMap((n) => [`fdmove ${n} 1 echo a`, `fdmove -c ${n} 1 echo a`, `fdmove 3 ${n} ${SHOW}`]),
    ...NUMBERS.slice(0, 10).map((n) => `fdmove ${n} ${n} echo a`), "fdmove -c 3 3 echo", "fdmove -c 1 1 echo", "fdmove -c 77 77 echo",
  ]],
  ["fdclose, fdblock", [
    "fdclose", "fdclose 3", "fdclose 2 nope", `fdclose 0 ${SHOW}`, "fdclose -- 3 echo a", "fdclose -x echo a", "fdclose 0 fdclose 0 fdclose 2 echo a", "fdclose 0 if ' true' '' echo a", ...NUMBERS.map((n) => `fdclose ${n} echo a`),
    "fdblock", "fdblock 3", "fdblock -n", "fdblock -x 1 echo", `fdblock 1 ${SHOW}`, `fdblock -nn 1 ${SHOW}`, `fdblock -n -- 0 fdblock 0 ${SHOW}`, "fdblock 1 nope", ...NUMBERS.flatMap((n) => [`fdblock ${n} echo a`, `fdblock -n ${n} echo a`]),
  ]],
  ["fdswap, piperw", [
    "fdswap", "fdswap 3", "fdswap 3 4", `fdswap 1 2 sh -c 'echo out; echo err >&2'`, "fdswap 1 2 nope", `fdswap 0 1 fdswap 0 1 ${SHOW}`, "fdswap -- 1 2 echo", "fdswap 3 4 echo", "fdswap 1 4 echo", "fdswap 3 1 echo", "fdswap 77 77 echo a",
    ...NUMBERS.flatMap((n) => [`fdswap ${n} 1 sh -c 'echo a; echo b >&2'`, `fdswap 1 ${n} sh -c 'echo a; echo b >&2'`]),
    "piperw", "piperw 3", "piperw 3 4", "piperw 3 3 echo", "piperw 03 3 echo", `piperw 3 4 ${SHOW}`, `piperw 4 3 ${SHOW}`, `piperw 5 4 ${SHOW}`, `piperw 3 100 ${SHOW}`, `piperw 101 100 ${SHOW}`, `piperw 5 3 piperw 6 4 ${SHOW}`, "piperw 3 2 nope",
    `piperw 17 0 sh -c 'echo x >&0; read y <&17; echo $y'`, `piperw 0 17 sh -c 'echo x >&17; read y; echo $y'`, ...NUMBERS.slice(5).flatMap((n) => [`piperw ${n} 3 echo a`, `piperw 3 ${n} echo a`]),
  ]],
])("%s", (_, lines) => void same(lines));

test("where nothing is free", () => {
  const lines = ["fdswap 1 2 echo a", "piperw 3 4 echo a", "redirfd -r 0 /etc/hostname cat", "redirfd -r 9 /nonexistent cat", "fdmove -c 4 1 echo a", "fdmove -c 5 1 echo a", "fdclose 0 fdswap 1 2 echo a"];
  for (const limit of ["5", "6"]) same(lines, `for fd in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do eval "exec $fd<&-"; done; ulimit -Sn ${limit};`);
});
