import { describe, expect, test } from "vitest";
import { makeTempDirectory, writeTree } from "../support/c-tree.ts";
import { ourCommands, sameCommands } from "../support/execline-commands.ts";

const FILES = {
  script: "#!/nonexistent -P\n# a comment\nprintf \"<%s>\" $0 $1 ${2} $@ $#", "a script": "echo it", empty: "", comment: "#!/x\n#\n", bad: 'echo "x', unclosed: "echo { a", unopened: "echo } a", noname: '"" x', nul: "echo \0x foo",
  "dir/file": "",
};
const cwd = (): string => {
  const directory = makeTempDirectory();
  writeTree(directory, FILES);
  return directory;
};

describe("like Debian's", () => {
  test.each([
    ["command lines", [
      "", "-P", "-c", "-S x script", "-S-1 script", "-S", "-S '' script", "-S 4294967296 script", "-x script", "nonexistent", "''", "- script", "-- script", "dir", "dir/file/x", "/etc", "-z",
      "-c 'echo hi'", "-c '' a b", "-P -c '# nothing'", "-c 'nope x'", "-c '\"\" x'", "-c '/etc x'", "'a script'", "-Pc 'echo -n x' -W", "-c 'env X' -W", "-W -c '' -W", "empty", "comment a", "noname", "nul",
      "-c 'echo { a'", "-c 'echo } a'", "-c 'echo \"'", "-c '\\'", "/dev/stdin x <<< 'echo a $1'", "-P /dev/fd/0 x <<< 'echo a'", "-P nonexistent 0<&-", "-P 'a script' 0<&-", "-c 'nope' 2>&-",
    ]],
    ["variables", [
      "-c env a b c", "-p -c env a b c", "-P -c env a b", "-Pp -c env a", "-pP -c env a", "script", "script a b", "-c env -- -a --", "-c env -a", "-c env", "-c 'env' $'\\xff' ''",
    ].flatMap((line) => [`-> ${line}`, `1=x 1:1=y '#=3' 0abc=4 5=z 7:x=u '#:4294967295=v' -> ${line}`])],
    ["substitution", [
      "-S0 script", "-S1 script", "-S2 script a", "-S2 script a b c", "-s1 script a b", "-s5 script a b", "-s0 script a", "-S1 -s2 script a b c", "-s2 -S1 script a b c", "-s2 -P script a b", "-P -s1 script a", "-S1 -p script a",
      "-S0 -c '$@' echo b", "-S0 -c '$@'", "-S1 -c '$1 a b'", "-S1 -c 'e$1 a b' cho", "-S0c 'printf <%s> x$@ {$1} ${1}x $2' a $'\\xff\\xfe' ''", "-S2 -c '# nothing'", "-WS2 -c 'echo { '", "-WS2 nonexistent", "-S 01 script", "-S 0 -c 'foreground { echo $@ } echo $#' a b",
      "-S3c 'echo $$1 \\$1 \\\\$1 \\\\\\$1 ${1' a",
    ]],
    ["strictness", ["-S1 script", "-P -c env"].flatMap((line) => [
      ...["", "-q ", "-w ", "-W ", "-qwW ", "-Wq "].map((options) => `-> ${options}${line}`),
      ...["", "0", "01", "2", "5", "x", "1x", "-1", " 1", "4294967296"].map((value) => `'EXECLINE_STRICT=${value}' -> ${line}`),
    ]).concat(["-S1 empty", "-c env", "-WS1 script"].map((line) => `EXECLINE_STRICT=x -> ${line}`))],
  ])("%s", (_, lines) => {
    sameCommands({ cwd: cwd() }, lines.map((line) => (line.includes("-> ") ? `exec env ${line.replace("-> ", "$E/execlineb ")}` : `exec $E/execlineb ${line}`)));
  });

  test("$0 is what it was called by", () => {
    const script = "'printf <%s> $0'";
    sameCommands({ cwd: cwd() }, [
      ...["foo", "''", "$'\\xff\\x01'", "-a", "/x/y"].flatMap((name) => [`exec -a ${name} $E/execlineb -S0c ${script}`, `exec -a ${name} $E/execlineb -c 'env -u _'`]), `exec execlineb -S0 -c ${script}`,
      `exec $E/foreground '' execlineb -S0 -c ${script}`, `exec $E/execlineb -Pc ${"'$E/execlineb -S0c \"echo $0\"'".replace("$E", "execlineb -S0 -c \"echo $0\" ")}`,
    ]);
  });

  test("a script is the interpreter's", () => {
    const directory = cwd();
    sameCommands({ cwd: directory }, [
      "printf '#!%s -S1\\necho $0 $1 $@' $E/execlineb >s; chmod +x s; ./s a b", "./s", "exec ./s $'\\xff'", "ln -sf s other; ./other x", "ln -s $E/execlineb linked; printf '#!%s -P\\nenv' $PWD/linked >t; chmod +x t; ./t a; rm linked",
    ]);
  });
});

describe("as in 2.9.9", () => {
  test("what is wrong with a file is said with its name", () => {
    const said = ourCommands({ cwd: cwd() }, ["bad", "unclosed", "-P unopened", "-c '}'"].map((line) => `$E/execlineb ${line}`));
    expect(said.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual([
      [100, "execlineb: fatal: syntax error in file bad\n"], [100, "execlineb: fatal: unmatched { in file unclosed\n"],
      [100, "execlineb: fatal: unmatched } in file unopened\n"], [100, "execlineb: fatal: unmatched }\n"],
    ]);
  });

  test("-e is nothing", () => expect(ourCommands({ cwd: "/" }, ["$E/execlineb -eP -e -c 'echo a'"])).toMatchObject([{ exitCode: 0, stdout: "a\n" }]));
});

test("billions of arguments may be promised", () => {
  expect(ourCommands({ cwd: "/" }, ["$E/execlineb -qS 4294967295 -c 'echo x$4294967295 $4294967296'"])).toMatchObject([{ exitCode: 0, stdout: "x $4294967296\n" }]);
});
