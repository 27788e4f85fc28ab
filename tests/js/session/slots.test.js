import assert from "node:assert/strict";
import { test } from "node:test";

import { Slots } from "../../../livewidget/js/session/slots.js";
import { FakeClock, settled } from "../support/help.js";

/** The used part of Web Locks, shared by all tabs. */
class FakeLocks {
  held = new Set();
  asked = [];

  async request(name, { ifAvailable }, callback) {
    assert.equal(ifAvailable, true);
    this.asked.push(name);
    if (this.held.has(name)) {
      return callback(null);
    }
    this.held.add(name);
    try {
      return await callback({ name });
    } finally {
      this.held.delete(name);
    }
  }
}

const make = (locks = new FakeLocks(), unlimited = false, clock = new FakeClock()) => ({
  locks,
  clock,
  slots: new Slots(locks, clock, unlimited),
});

async function takeAll(...tabs) {
  const releases = [];
  for (const tab of tabs) {
    releases.push(await tab.slots.acquire());
  }
  return releases;
}

test("all tabs together hold four slots", async () => {
  const locks = new FakeLocks();
  const releases = await takeAll(...Array.from({ length: 6 }, () => make(locks)));
  assert.deepEqual(releases.map((release) => typeof release).slice(0, 4), Array(4).fill("function"));
  assert.deepEqual(releases.slice(4), [null, null]);
  assert.deepEqual([...locks.held], ["livewidget-1", "livewidget-2", "livewidget-3", "livewidget-4"]);
});

test("a tab requests one slot after another", async () => {
  const { locks, slots } = make();
  await slots.acquire();
  await slots.acquire();
  assert.deepEqual(locks.asked, ["livewidget-1", "livewidget-1", "livewidget-2"]);
});

test("a released slot is free for any tab", async () => {
  const locks = new FakeLocks();
  const [, second] = await takeAll(...Array.from({ length: 4 }, () => make(locks)));
  second();
  second();
  await settled();
  assert.equal(locks.held.size, 3);
  assert.equal(typeof (await make(locks).slots.acquire()), "function");
  assert.equal(await make(locks).slots.acquire(), null);
});

for (const [name, locks, unlimited] of [
  ["without locks", undefined, false],
  ["over one connection for all", new FakeLocks(), true],
  ["where locks are forbidden", { request: async () => assert.fail("SecurityError") }, false],
]) {
  test(`${name} there is always a slot`, async () => {
    const all = make(locks, unlimited);
    if (locks === undefined) {
      all.slots = new Slots(undefined, all.clock, false);
    }
    for (let count = 0; count < 6; count++) {
      const release = await all.slots.acquire();
      release();
    }
    assert.equal(locks?.held?.size ?? 0, 0);
  });

  test(`${name} a crowded tab ${unlimited ? "goes on" : "still holds nothing for 30 seconds"}`, async () => {
    const clock = new FakeClock();
    const slots = new Slots(locks, clock, unlimited);
    const takes = async () => (await slots.acquire()) !== null;
    slots.crowded();
    assert.equal(await takes(), unlimited);
    clock.advance(29.9);
    assert.equal(await takes(), unlimited);
    clock.advance(0.1);
    assert.equal(await takes(), true);
  });
}

test("a request may be held for 4 seconds where tabs cannot share slots, otherwise without a limit", () => {
  const clock = new FakeClock();
  assert.equal(new Slots(undefined, clock, false).holdFor, 4);
  assert.equal(new Slots(undefined, clock, true).holdFor, undefined);
  assert.equal(new Slots(new FakeLocks(), clock, false).holdFor, undefined);
});

test("a crowded tab requests no lock", async () => {
  const { locks, slots } = make();
  slots.crowded();
  await slots.acquire();
  assert.deepEqual(locks.asked, []);
});

test("a stolen slot is not an error", async () => {
  let steal;
  const locks = {
    request: (name, options, callback) =>
      new Promise((_, reject) => {
        callback({ name });
        steal = () => reject(new DOMException("stolen", "AbortError"));
      }),
  };
  const release = await make(locks).slots.acquire();
  steal();
  await settled();
  release();
});
