import { describe, expect, test } from "vitest";
import { makeTempDirectory } from "../support/c-tree.ts";
import { ourScript, sameScript } from "../support/execline-scripts.ts";

const EXITING = 'sh -c "printf \'<%s>\' $X; exit $X"';

test.each([
  "forx", "forx -z X { a } b", "forx X", "forx X a b", 'forx ""', 'forx "" { a b } env', "forx X=1 { a b } env", "forx X { a }", "forx X { }", "forx X { } printenv X", "forx X { a b } printenv X", "forx -Ee X { a b } printenv X",
  "forx X { a } nonexistent", "forx -p X { a b } nonexistent", "forx X { a } /etc", 'forx X { "a b" "" "\\n" } printenv X', "forx -e X { a } sh -c \"cat; printenv X\"", 'forx X { "\\0xff\\0x80" } sh -c "printenv X | od -c"',
  "forx -x \"\" X { 1 } true", "forx -o a X { 1 } true", "forx -x", "forx X { 1 2 } if { printenv X } printenv X", "forx X { 1 2 } forx Y { 3 4 } sh -c \"echo $X $Y\"", "export X 5 foreground { forx X { 1 } printenv X } printenv X",
  ...["", "-o 0", "-o 0,1", "-o 0,1,128", "-x 2", "-x 2,128", "-x 3", "-o 1 -x 2", "-x 2 -o 0,1", "-p", "-x 128"].map((options) => `forx ${options} X { 0 1 2 200 } ${EXITING}`).filter((script) => !script.includes("-p")),
  'forx -x 137 X { 1 2 } sh -c "echo $X; kill -9 $$"', 'forx -p -o 1,2 X { 1 2 } sh -c "exit $X"', 'forx -p X { 1 2 } sh -c "exit $X"', 'pipeline { forx -p X { 2 0 1 } sh -c "sleep 0.$X; echo $X" } cat',
])("%s", (script) => void sameScript(script, { stdin: "stdin\n" }));

test.each([
  "forstdin", "forstdin -z X true", "forstdin X", 'forstdin "" true', "forstdin X=3 true", "forstdin X nonexistent", "forstdin -p X nonexistent", "forstdin X /etc", "forstdin -x 1 X sh -c \"echo $X; exit 1\"", "forstdin -o 1 X sh -c \"echo $X; exit 1\"",
  "forstdin -o 0 X sh -c \"echo $X; exit 1\"", "forstdin -x 200,128 X sh -c \"echo $X; exit 200\"", "forstdin -x 137 X sh -c \"echo $X; kill -9 $$\"", "forstdin -p -x 1 X false", "fdclose 0 forstdin X true", "fdclose 0 forstdin -d \"\" X true",
  "redirfd -r 0 / forstdin X true", "redirfd -w 0 out forstdin X true", "forstdin X if { printenv X } printenv X", "forstdin -x \"\" X true", "forstdin -d", "forstdin -n X sh -c \"cat; printenv X\"",
])("%s", (script) => void sameScript(script, { stdin: "a\nb\nc\n" }));

test("what lies behind 8 KiB is for the loop", () => {
  const cwd = makeTempDirectory();
  for (const size of [8191, 8192, 8193, 20000]) sameScript("redirfd -r 0 in forstdin X sh -c \"printenv X | wc -c; wc -c\"", { cwd, before: `{ head -c ${size} /dev/zero | tr '\\0' x; echo; echo y; } >in;` });
});

test.each([
  "forbacktickx", "forbacktickx -z X { a } b", 'forbacktickx "" { a } b', "forbacktickx X", "forbacktickx X a", "forbacktickx X { } echo", "forbacktickx X=1 { echo a } echo b", "forbacktickx X { nonexistent } printenv X", "forbacktickx X { echo a } nonexistent",
  "forbacktickx X { echo a } /etc", "forbacktickx X { printf \"a\\nb\\n\" } printenv X", "forbacktickx X { printf \"a\\nb\" } printenv X", "forbacktickx -N X { printf \"a\\nb\" } printenv X", "forbacktickx X { true } printenv X", "forbacktickx X { false } printenv X",
  "forbacktickx X { printf \"a\\nb\\n\" } sh -c \"cat; printenv X; printenv !\"", "forbacktickx -x 1 X { printf \"a\\nb\\n\" } sh -c \"printenv X; exit 1\"", "forbacktickx -x foo X { echo } true", "forbacktickx -o 1 X { printf \"a\\nb\\n\" } sh -c \"printenv X; exit 1\"",
  "forbacktickx -p X { printf \"a\\nb\\n\" } false", "forbacktickx -0 X { printf \"a\\\\000b\\\\000\" } printenv X", "forbacktickx -d : X { printf a:b: } printenv X", "forbacktickx -Cd : X { printf a::b: } printenv X", 'forbacktickx -d "" X { printf 1:a,1:b, } printenv X',
  'forbacktickx -d "" X { printf 1:a,xb, } printenv X', "forbacktickx X { cat } printenv X", "fdclose 0 forbacktickx X { printf \"a\\nb\\n\" } printenv X", "fdclose 0 forbacktickx X { printf \"a\\nb\\n\" } cat", "export ! 5 forbacktickx X { echo a } printenv !",
  "forbacktickx X { echo a } forbacktickx Y { echo b } sh -c \"echo $X $Y; cat\"", "forbacktickx -ox 1 X { true } true",
])("%s", (script) => void sameScript(script, { stdin: "in\n" }));

describe("what Debian's can't", () => {
  test.each(["forx -E X { a b } echo $X", "forstdin -E X echo $X", "forbacktickx -E X { printf \"a\\nb\\n\" } echo $X", "forx -E X { a b } sh -c \"printenv X; echo $X\""])("%s", (script) => {
    expect(ourScript(script, { stdin: "a\nb\n" }).stdout).toBe("a\nb\n");
  });

  test("-E: what can't be executed counts as an exit code", () => {
    expect(ourScript('forx -E -x 127 X { a b } nonexistent$X')).toMatchObject({ exitCode: 127, stderr: "importas: fatal: unable to exec nonexistenta: No such file or directory\n" });
    expect(ourScript("forbacktickx -E X { printf \"a\\nb\\n\" } nonexistent$X")).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("importas: fatal: unable to exec nonexistentb: No") });
  });

  test("-P: so many at a time", () => {
    const loop = 'sh -c "echo >in.$$; ls in.* | wc -l >>counts; sleep 0.1; rm in.$$"';
    for (const [most, highest] of [["1", 1], ["0", 1], ["3", 3]] as const) {
      const cwd = makeTempDirectory();
      expect(ourScript(`foreground { forx -P ${most} X { 1 2 3 4 5 6 7 } ${loop} } sh -c "sort -n counts | tail -n1; wc -l <counts"`, { cwd }).stdout).toBe(`${highest}\n7\n`);
    }
    expect(ourScript(`foreground { forstdin -P 2 X ${loop} } sort -nu counts`, { stdin: "a\nb\nc\nd\n" }).stdout).toMatch(/^(1\n)?2\n$/);
    expect(ourScript("forx -P x X { 1 } true").exitCode).toBe(100);
  });

  test("-p: exit codes are ignored, as in 2.9.9.2", () => {
    expect(ourScript('forx -p -o 0 X { 1 2 } sh -c "exit $X"').exitCode).toBe(0);
  });

  test("a loop that is missing is wrong usage", () => {
    expect(ourScript("forbacktickx X { echo a }")).toMatchObject({ exitCode: 100 });
  });
});
