import assert from "node:assert/strict";
import { test } from "node:test";

import { Slots } from "../../../livewidget/js/session/slots.js";
import { FakeClock, settled } from "../support/help.js";

/** Web Locks, as far as they are used: shared by all tabs. */
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
    releases.push(await tab.slots.take());
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

test("one tab asks for one after the other", async () => {
  const { locks, slots } = make();
  await slots.take();
  await slots.take();
  assert.deepEqual(locks.asked, ["livewidget-1", "livewidget-1", "livewidget-2"]);
});

test("a slot that is given back is free for any tab", async () => {
  const locks = new FakeLocks();
  const [, second] = await takeAll(...Array.from({ length: 4 }, () => make(locks)));
  second();
  second();
  await settled();
  assert.equal(locks.held.size, 3);
  assert.equal(typeof (await make(locks).slots.take()), "function");
  assert.equal(await make(locks).slots.take(), null);
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
      const release = await all.slots.take();
      release();
    }
    assert.equal(locks?.held?.size ?? 0, 0);
  });

  test(`${name} a crowded tab ${unlimited ? "goes on" : "holds nothing for 30 seconds all the same"}`, async () => {
    const clock = new FakeClock();
    const slots = new Slots(locks, clock, unlimited);
    const takes = async () => (await slots.take()) !== null;
    slots.crowded();
    assert.equal(await takes(), unlimited);
    clock.advance(29.9);
    assert.equal(await takes(), unlimited);
    clock.advance(0.1);
    assert.equal(await takes(), true);
  });
}

test("a request may be held for 4 seconds where tabs cannot share, else without end", () => {
  const clock = new FakeClock();
  assert.equal(new Slots(undefined, clock, false).holdFor, 4);
  assert.equal(new Slots(undefined, clock, true).holdFor, undefined);
  assert.equal(new Slots(new FakeLocks(), clock, false).holdFor, undefined);
});

test("a tab that finds itself crowded asks for no lock", async () => {
  const { locks, slots } = make();
  slots.crowded();
  await slots.take();
  assert.deepEqual(locks.asked, []);
});

test("a slot that was stolen is no error", async () => {
  let steal;
  const locks = {
    request: (name, options, callback) =>
      new Promise((_, reject) => {
        callback({ name });
        steal = () => reject(new DOMException("stolen", "AbortError"));
      }),
  };
  const release = await make(locks).slots.take();
  steal();
  await settled();
  release();
});
