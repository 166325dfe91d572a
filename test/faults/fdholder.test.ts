import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  deleteRequest, dumpDataRequest, expiryDate, getDumpRequest, listRequest, MOST_REQUEST_BYTES, retrieveRequest, setDumpRequest, storeRequest,
} from "../../src/formats/fdholder.ts";
import { frame } from "../../src/formats/unixmessage.ts";
import { now } from "../../src/sys/clock.ts";
import { closeFd } from "../../src/sys/files.ts";
import { OUR_BIN } from "../support/executables.ts";
import { EVERYTHING, type HolderProcess, rawClient, startHolder } from "../support/fdholders.ts";
import { eventually } from "../interop/svscan-tree.ts";

/** Clients that mean harm, or die: after each, the daemon has the descriptors that it should have, and serves on. */

const never = expiryDate(now().at, undefined);
const LIST = frame(listRequest());
const OPEN = 0;

/** Whole requests, with their descriptors. */
const REQUESTS: Readonly<Record<string, readonly [message: Uint8Array, fds: readonly number[]]>> = {
  store: [frame(storeRequest("new", never), 1), [OPEN]],
  delete: [frame(deleteRequest("other")), []],
  retrieve: [frame(retrieveRequest("held", false)), []],
  "retrieve and delete": [frame(retrieveRequest("other", true)), []],
  list: [LIST, []],
  "get dump": [frame(getDumpRequest()), []],
  "set dump": [frame(setDumpRequest(2)), []],
};

/** One that holds "held" and "other", and how many descriptors it has when nobody is connected. */
async function filled(options?: Parameters<typeof startHolder>[1]): Promise<{ readonly holder: HolderProcess; readonly usual: number }> {
  const holder = await startHolder(OUR_BIN, options);
  const client = rawClient(holder.socket);
  for (const id of ["held", "other"]) {
    client.say(frame(storeRequest(id, never), 1), [OPEN]);
    expect(client.code()).toBe(0);
  }
  const connected = holder.descriptors();
  client.close();
  await eventually(() => holder.descriptors()).toBe(connected - 1);
  return { holder, usual: connected - 1 };
}

function served(holder: HolderProcess): string[] {
  const client = rawClient(holder.socket);
  client.say(LIST);
  const answer = client.hear();
  client.close();
  return answer === "closed" ? ["closed"] : answer.body.toString("latin1", 5).split("\0").slice(0, -1);
}

/** As it was, whoever came and went. `more`: what is held besides. */
async function settled(holder: HolderProcess, usual: number): Promise<void> {
  const before = served(holder);
  await eventually(() => holder.descriptors()).toBe(usual + before.length - 2);
  expect(before).toContain("held");
}

describe("a client that dies", () => {
  test.each(Object.entries(REQUESTS))("at every byte of its request: %s", async (_name, [message, fds]) => {
    const { holder, usual } = await filled();
    for (let length = 0; length <= message.length; length++) {
      const client = rawClient(holder.socket);
      if (length > 0) client.say(message.subarray(0, length), fds);
      client.close();
    }
    await settled(holder, usual);
  });

  test("in the middle of a dump that it brings", async () => {
    const { holder, usual } = await filled();
    const data = frame(dumpDataRequest([{ id: "x", date: never }, { id: "held", date: never }]), 2);
    for (let length = 1; length < data.length; length++) {
      const client = rawClient(holder.socket);
      client.say(frame(setDumpRequest(3)));
      expect(client.code()).toBe(0);
      client.say(data.subarray(0, length), [OPEN, OPEN]);
      client.close();
    }
    await settled(holder, usual);
    expect(served(holder).sort()).toEqual(["held", "other"]);
  });

  test("in the middle of a dump that it gets", async () => {
    const { holder, usual } = await filled();
    for (let round = 0; round < 50; round++) {
      const client = rawClient(holder.socket);
      client.say(frame(getDumpRequest()));
      if (round % 2 === 0) client.code();
      client.close();
    }
    await settled(holder, usual);
  });
});

describe("what is no request", () => {
  const bad: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
    ["an empty body", frame(Buffer.alloc(0)), []],
    ["an unknown command", frame(Buffer.from("X")), []],
    ["something behind a command", frame(Buffer.from("Lx")), []],
    ["a name that is shorter than it says", frame(Buffer.from("D\x05abc\0", "latin1")), []],
    ["a name that is longer than it says", frame(Buffer.from("D\x02abc\0", "latin1")), []],
    ["a store without a descriptor", frame(storeRequest("x", never)), []],
    ["a store with two", frame(storeRequest("x", never), 2), [OPEN, OPEN]],
    ["a list with one", frame(listRequest(), 1), [OPEN]],
    ["descriptors that are announced and don't come", frame(storeRequest("x", never), 1), []],
    ["more descriptors than any message has", frame(listRequest(), 300), [OPEN]],
    ["a body that is longer than any", Buffer.from("10000000" + "0000" + "53", "hex"), [OPEN]],
    ["a body that is a byte longer than any", frame(Buffer.alloc(MOST_REQUEST_BYTES + 1), 0).subarray(0, 1000), []],
    ["dump data that nobody has announced", frame(dumpDataRequest([{ id: "x", date: never }]), 1), [OPEN]],
  ];
  test.each(bad)("%s", async (_name, message, fds) => {
    const { holder, usual } = await filled();
    const client = rawClient(holder.socket);
    client.say(message, fds);
    expect(client.hear()).toBe("closed");
    client.close();
    await settled(holder, usual);
  });

  test("a request in the middle of a dump; one dump too many", async () => {
    const { holder, usual } = await filled();
    for (const next of [LIST, frame(setDumpRequest(1))]) {
      const client = rawClient(holder.socket);
      client.say(frame(setDumpRequest(1)));
      expect(client.code()).toBe(0);
      client.say(next);
      expect(client.hear()).toBe("closed");
      client.close();
    }
    await settled(holder, usual);
  });

  test("a flood of descriptors that no message wants", async () => {
    const { holder, usual } = await filled();
    const flood = Array.from({ length: 253 }, () => OPEN);
    const client = rawClient(holder.socket);
    const request = frame(Buffer.alloc(MOST_REQUEST_BYTES));
    let said: number | "again" | "broken" = 0;
    for (let at = 0; at < 20 && said !== "broken"; at++) said = client.say(request.subarray(at, at + 1), flood);
    expect(client.hear()).toBe("closed");
    client.close();
    await settled(holder, usual);
  });
});

describe("clients that take their time", () => {
  test("one that does not read is not read from, and its memory does not grow", async () => {
    const { holder, usual } = await filled();
    const client = rawClient(holder.socket);
    const many = Buffer.concat(Array.from({ length: 1000 }, () => LIST));
    let total = 0;
    for (let said = client.say(many); typeof said === "number"; said = client.say(many)) total += said;
    served(holder); // by now it has read what it wants to
    const rss = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${holder.pid}/status`, "latin1"))?.[1]);
    const before = rss();
    for (let said = client.say(many); typeof said === "number"; said = client.say(many)) total += said;
    expect(total).toBeLessThan(10_000_000);
    served(holder);
    expect(rss() - before).toBeLessThan(20_000);
    client.close();
    await settled(holder, usual);
  });

  test("what one waits for is not closed when another deletes it", async () => {
    const { holder, usual } = await filled();
    const slow = rawClient(holder.socket);
    const retrieve = frame(retrieveRequest("other", false));
    for (let said = slow.say(retrieve); typeof said === "number"; said = slow.say(retrieve)) served(holder);
    const other = rawClient(holder.socket);
    other.say(frame(deleteRequest("other")));
    expect(other.code()).toBe(0);
    other.close();
    // Answers that were on their way have it; after them it is unknown.
    const answers = new Set<string>();
    for (let answer = slow.hear(); !answers.has("2 without"); answer = slow.hear()) {
      if (answer === "closed") throw new Error("closed");
      for (const fd of answer.fds) closeFd(fd);
      answers.add(`${String(answer.body[0])} ${answer.fds.length === 1 ? "with" : "without"}`);
    }
    expect([...answers].sort()).toEqual(["0 with", "2 without"]);
    slow.close();
    expect(served(holder)).toEqual(["held"]);
    await eventually(() => holder.descriptors()).toBe(usual - 1);
  });

  test("with -t, one that stops in the middle of anything goes", async () => {
    const { holder, usual } = await filled({ args: ["-t", "200"] });
    for (const [message, fds] of Object.values(REQUESTS)) {
      const client = rawClient(holder.socket);
      client.say(LIST);
      expect(client.code()).toBe(0);
      client.say(message.subarray(0, -1), fds);
      expect(client.hear()).toBe("closed");
      client.close();
    }
    const bringer = rawClient(holder.socket);
    bringer.say(frame(setDumpRequest(1)));
    expect(bringer.code()).toBe(0);
    expect(bringer.hear()).toBe("closed");
    bringer.close();
    await settled(holder, usual);
  });

  test("a thousand connections at once: as many as may be in are served, the others wait for them", async () => {
    const { holder, usual } = await filled({ args: ["-c", "256"] });
    const clients = Array.from({ length: 1000 }, () => rawClient(holder.socket));
    for (const client of clients) client.say(LIST);
    for (const client of clients) {
      expect(client.code()).toBe(0);
      client.close();
    }
    await settled(holder, usual);
  });

  test("bytes that come one by one are a request like others", async () => {
    const { holder, usual } = await filled({ rights: EVERYTHING });
    const client = rawClient(holder.socket);
    for (const [message, fds] of Object.values(REQUESTS).slice(0, 5)) {
      for (let at = 0; at < message.length; at++) expect(client.say(message.subarray(at, at + 1), at === 0 ? fds : [])).toBe(1);
      expect(client.code()).toBeLessThan(3);
    }
    client.close();
    await settled(holder, usual);
  });
});
