import { spawnSync } from "node:child_process";
import { expect } from "vitest";

/** Node has no Unix datagrams. Each line is one, in hex; a full queue is waited for. */
const SENDER = `use Socket; socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
while (<STDIN>) { chomp; defined send($s, pack("H*", $_), 0, sockaddr_un($ARGV[0])) or die "$!\\n" }`;

/** Sends texts of one byte a character, one datagram each. */
export function sendUnix(path: string, ...datagrams: readonly string[]): void {
  const input = datagrams.map((text) => `${Buffer.from(text, "latin1").toString("hex")}\n`).join("");
  const { status, stderr } = spawnSync("perl", ["-e", SENDER, path], { input, encoding: "utf8", timeout: 20_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
}
