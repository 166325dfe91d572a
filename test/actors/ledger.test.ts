import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { Ledger, SLOT_BYTES } from "../../src/actors/ledger.ts";

describe("the ledger", () => {
  test("a slot that was just claimed has no snapshot and no descriptor", () => {
    const slot = new Ledger(4).slot(2);
    slot.claim();
    expect(slot.loadSnapshot()).toBeUndefined();
    expect(slot.get("controlFd")).toBe(-1);
    expect(slot.get("used")).toBe(1);
  });

  test("the newest snapshot is the one that is loaded, whatever the number of saves", () => {
    const slot = new Ledger(1).slot(0);
    slot.claim();
    for (const text of ["{}", '{"a":1}', '{"longer":"than before"}', "[]"]) {
      slot.saveSnapshot(text);
      expect(slot.loadSnapshot()).toBe(text);
    }
  });

  test("a thread that stops in the middle of a save leaves the one before it whole", () => {
    const ledger = new Ledger(1);
    const slot = ledger.slot(0);
    slot.claim();
    slot.saveSnapshot("first");
    const flipped = new Int32Array(ledger.buffer, SLOT_BYTES, 1)[0];
    slot.saveSnapshot("second");
    new Int32Array(ledger.buffer, SLOT_BYTES, 1)[0] = flipped ?? 0; // the store that never happened
    expect(slot.loadSnapshot()).toBe("first");
  });

  test("a snapshot that does not fit is refused, and the one before it stays", () => {
    const slot = new Ledger(1).slot(0);
    slot.claim();
    slot.saveSnapshot("kept");
    expect(() => slot.saveSnapshot("x".repeat(513))).toThrow(RangeError);
    expect(slot.loadSnapshot()).toBe("kept");
  });

  test("neighbours do not touch each other", () => {
    const ledger = new Ledger(3);
    for (const index of [0, 1, 2]) {
      ledger.slot(index).claim();
      ledger.slot(index).saveSnapshot(`${index}`.repeat(512));
      ledger.slot(index).set("letters", index);
    }
    ledger.slot(1).release();
    expect(ledger.slot(0).loadSnapshot()).toBe("0".repeat(512));
    expect(ledger.slot(2).loadSnapshot()).toBe("2".repeat(512));
    expect(ledger.slot(1).get("used")).toBe(0);
  });

  test("a child is found by its pid, also when only the native spawn has noted it yet", () => {
    const ledger = new Ledger(8);
    ledger.slot(3).claim();
    ledger.slot(3).set("childPid", 300);
    ledger.slot(5).claim();
    ledger.slot(5).spawnOut[0] = 500;
    expect(ledger.slotOfChild(300, 8)).toBe(3);
    expect(ledger.slotOfChild(500, 8)).toBe(5);
    expect(ledger.slotOfChild(500, 5)).toBeUndefined();
    expect(ledger.slotOfChild(7, 8)).toBeUndefined();
  });

  test("what one thread saved, another reads", async () => {
    const ledger = new Ledger(1);
    ledger.slot(0).claim();
    const code = `const { workerData } = require("node:worker_threads");
      new Uint8Array(workerData, ${SLOT_BYTES} + 128 + 512, 3).set([97, 98, 99]);
      const ints = new Int32Array(workerData, ${SLOT_BYTES}, 32); ints[2] = 3; ints[0] = 1;`;
    const worker = new Worker(code, { eval: true, workerData: ledger.buffer });
    await new Promise((resolve) => worker.on("exit", resolve));
    expect(ledger.slot(0).loadSnapshot()).toBe("abc");
  });
});
