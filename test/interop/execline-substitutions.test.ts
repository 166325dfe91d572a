import { expect, test } from "vitest";
import { ourCommands, sameCommands } from "../support/execline-commands.ts";
import { crossed, cwd, ENV, S } from "../support/substitutions.ts";

const DEFINE = [
  "", "A", "A b", `A b ${S} '$A' '\${A}c' xA '$Ax' '$A{'`, "A b echo", "-x A b echo", "-- A b echo '$A'", "A b nope", "A nope '$A'", "-d A b echo", "-d", `A b '$A'`, `A '' '$A'`, `A b $E/define C '$A' ${S} '$C' '\\$C' '\\\\$C'`, `-s A '' '$A'`,
  ...crossed(["-s", "-sn", "-sC", "-sCn", "-snC", "-n", "-nN", "-C", "-Cc", "-Cn", "-sN", "-sd :", "-sCd ab:", "-d '' -n", "-sd ''", "-Csd ''", "-nsd ''"], ["'a b c '", "''", "' a   b c'", "a:b::c", "1:a,2:bc,", "$'x\\n\\xff \\n'"]).map(([options, value]) => `${options} A ${value} ${S} 'x$A' y`),
  ...["x", "1:a", ":,", "01:a,", "99999999999:a,", "4294967295:a,", "$'1:\\n,'"].map((value) => `-sd '' A ${value} ${S} '$A'`),
  ...["''", "A{", "'A b'", "A=B", "'A$'", "'A\\\\'", "$'\\xff'"].map((key) => `${key} v ${S} '$A b' '$A=B' '$A$' $'$\\xff' '$' '\${}' '$A{'`),
].map((line) => `define ${line}`);

const IMPORTAS = [
  "", "A", "A B", "A B nope '$A'", "A X nope", "-i A B", "-D", "-D d A", "-x A X echo", "-- A X echo '$A'", "-i '' B echo", "'' B echo", "A '' echo", "-i A '' echo", "-i A B=C echo", "X=1 X=1 echo '$X=1'", "-u A PATH nope", "-sd '' -D x A B echo",
  ...crossed(["-i", "-D d", "-sD 'd e'", "-D d -i", "-i -D d", "-D ''", "-s", "-n", "-sC", "-sd ''", "-sd :", "-u", "-ui"], ["X", "UNSET", "Y", "N", "EM", "L"]).map(([options, name]) => `${options} A ${name} ${S} 'x$A' y`),
  "-u A X env", "-ui A X env 'Y=$A'", "-u A B env", "-u A PATH env", "-iu A X $E/importas -i B X echo",
].map((line) => `importas ${line}`);

const ELGLOB = [
  "", "A", "A '*'", "-x A b echo", `'' '*' ${S} '$A'`, "-s A '*' nope", "A z", "-0 A z '$A'", "-- A a echo '$A'", "-0 '' a echo",
  ...crossed(["-s", "-sm", "-s0", "-se", "-sv", "-sw"], ["'*'", "'z*'", "'\\*x'", "'[ab]'", "'{a,b}'", "'~'", "''", "'sub/*'", "'*/'", "'.*'", "'q[1]'", "'q\\[1]'", "'['", "'*/*'", "/nonexistent/*", "$'\\xff*'"]).map(([options, pattern]) => `${options} A ${pattern} ${S} 'x$A' y`),
  `A b ${S} '$A'`, `-vw A '/nonexistent/*' ${S} '$A'`, `-v A 'a/*' ${S} '$A'`, `-w A 'a/*' ${S} '$A'`,
].map((line) => `elglob ${line}`);

test.each([["define", DEFINE], ["importas", IMPORTAS], ["elglob", ELGLOB]])("%s", (name, lines) => {
  sameCommands({ cwd: cwd() }, lines.map((line) => {
    if (line.startsWith("env ")) return `exec ${line}`;
    return `exec ${name === "importas" ? `${ENV} ` : ""}$E/${line}`;
  }));
});

test("what 2.9.3 does not have", () => {
  const directory = cwd();
  expect(ourCommands({ cwd: directory }, [
    `X=ex $E/importas -uSi X ${S} '$X' "$(printenv X)"`, `$E/importas -Si -- UNSET true`, "$E/importas -S", `$E/elglob -s -d : A '[abc]' ${S} '$A'`, `$E/elglob -snd :x A '[abc]' ${S} '$A'`, `$E/elglob -sd '' A '[abc]' ${S} '$A'`, `$E/elglob -s0d : A 'z*' ${S} 'x$A'`, `$E/elglob -d : A z ${S} '$A'`,
  ]).map(({ exitCode, stdout, stderr }) => [exitCode, stdout, stderr.replace(/usage: .*/, "usage")])).toEqual([
    [0, "<ex><>", ""], [100, "", "importas: fatal: UNSET not set\n"], [100, "", "importas: usage\n"], [0, "<a:b:c:>", ""], [0, "<a:b:c>", ""], [0, "<1:a,1:b,1:c,>", ""], [0, "<x>", ""], [0, "<z:>", ""],
  ]);
});
