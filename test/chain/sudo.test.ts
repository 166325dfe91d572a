import { expect, test } from "vitest";
import { parseSudo } from "../../src/chain/sudo.ts";
import { UsageError } from "../../src/cli/failures.ts";

const rewritten = (line: string): string => parseSudo(line.split(" ")).rest.join(" ");

test.each([
  ["/run/s", "s6-ipcclient -- /run/s s6-sudoc -t 0 -T 0 --"],
  ["-e -t 05 -T 7 /run/s a -b", "s6-ipcclient -- /run/s s6-sudoc -e -t 5 -T 7 -- a -b"],
  ["-p here -l name /run/s", "s6-ipcclient -p here -l name -- /run/s s6-sudoc -t 0 -T 0 --"],
  ["-q s", "s6-ipcclient -Q -- s s6-sudoc -t 0 -T 0 --"],
  ["-qqv s", "s6-ipcclient -- s s6-sudoc -t 0 -T 0 --"],
  ["-v s", "s6-ipcclient -v -- s s6-sudoc -t 0 -T 0 --"],
  ["-vvvvvv s", "s6-ipcclient -v -v -v -- s s6-sudoc -t 0 -T 0 --"],
  ["-vvQ s", "s6-ipcclient -- s s6-sudoc -t 0 -T 0 --"],
])("s6-sudo %s is %s", (line, expected) => {
  expect(rewritten(line)).toBe(expected);
});

test.each(["-t", "-t x s", "-x s", "-e"])("s6-sudo %s is wrong", (line) => {
  expect(() => rewritten(line)).toThrow(UsageError);
});
