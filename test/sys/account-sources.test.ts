import { expect, test } from "vitest";
import { sourcesIn } from "../../src/sys/account-sources.ts";

test("the sources of accounts and groups, of nothing else", () => {
  const text = "# passwd: nis\npasswd:\tfiles [NOTFOUND=return] systemd # and\n group: files\nhosts: dns\nshadow: ldap\n";
  expect(sourcesIn(text)).toEqual(["files", "systemd", "files"]);
});
