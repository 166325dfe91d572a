import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { C_BIN } from "../support/c-tree.ts";
import { OUR_BIN } from "../support/executables.ts";
import { randomFrom } from "./differential-model.ts";

function filtered(bin: string, program: string, words: readonly string[], input: Uint8Array, environment: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(join(bin, program), words, { input, encoding: "latin1", env: { PATH: process.env["PATH"], ...environment } });
  return { status, stdout, stderr };
}
const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("s6-tai64n", () => {
  test.each(["", "a\nb\n", "a\n\nb", "\xff\0x\n"])("stamps each line of %o as C does", (text) => {
    const plain = (bin: string): string => filtered(bin, "s6-tai64n", [], bytes(text)).stdout.replaceAll(/@[0-9a-f]{24}/g, "@");
    expect(plain(OUR_BIN)).toBe(plain(C_BIN));
  });

  test("has a line out before it waits for the next", () => {
    const script = `(echo one; sleep 0.3; date +%s%N >&2) | { ${OUR_BIN}/s6-tai64n | { read line; date +%s%N; }; }`;
    const { stdout, stderr } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
    expect(BigInt(stdout.trim())).toBeLessThan(BigInt(stderr.trim()));
  });
});

describe("s6-tai64nlocal agrees with C on", () => {
  const LABELS = [
    "@400000006b00ad9312fad9ad x", "@400000006B00AD9312FAD9AD X", "@40000000586846a400000000", "@40000000586846a300000001 before", "@40000000586846a500000000 after",
    "@400000000000000a00000000 epoch", "@400000000000000900000000 earlier", "@400000006b00ad9312fad9adnospace", "@400000006b00ad93", "no label", "", "@40000000zz00ad9312fad9ad y",
    "@4000000004b2580b00000000 first leap",
  ];
  test.each(["UTC", "America/New_York", "Asia/Kolkata"])("all kinds of labels, in %s", (zone) => {
    for (const words of [[], ["-g"]]) {
      const input = bytes(LABELS.join("\n"));
      expect(filtered(OUR_BIN, "s6-tai64nlocal", words, input, { TZ: zone })).toEqual(filtered(C_BIN, "s6-tai64nlocal", words, input, { TZ: zone }));
    }
  });

  test("a thousand moments of sixty years", () => {
    const random = randomFrom(7);
    const lines = Array.from({ length: 1000 }, () => {
      const seconds = Math.floor(random() * 1.9e9) + 10;
      return `@40000000${seconds.toString(16).padStart(8, "0")}${Math.floor(random() * 1e9).toString(16).padStart(8, "0")} x\n`;
    });
    const input = bytes(lines.join(""));
    expect(filtered(OUR_BIN, "s6-tai64nlocal", ["-g"], input).stdout).toBe(filtered(C_BIN, "s6-tai64nlocal", ["-g"], input).stdout);
  });
});

describe("ucspilogd agrees with C on", () => {
  const LINES = ["<13>hello", "@4000000057c4bc7800000000 <30>x", "<191>local", "<192>mark", "<200>beyond", "<99999>far", "<4294967295>last", "<4294967309>beyond", `<${"0".repeat(30)}13>long`, "<>none", "<12 open", "<1x>no", "plain", "", "@4000000057c4bc7800000000", "<0>", "<4>warn"];
  test.each<[string[]]>([[[]], [["AA", "BB"]], [["-D", "U", "AA", "BB"]]])("all kinds of lines with %j", (words) => {
    for (const end of ["\n", "\0", ""]) {
      const input = bytes(LINES.join("\n") + end);
      expect(filtered(OUR_BIN, "ucspilogd", words, input, { AA: "va" })).toEqual(filtered(C_BIN, "ucspilogd", words, input, { AA: "va" }));
    }
  });
});
