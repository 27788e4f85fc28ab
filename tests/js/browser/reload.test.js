import assert from "node:assert/strict";
import { test } from "node:test";

import { forgetReload, reloadSoon } from "../../../livewidget/js/browser/reload.js";
import { FakeClock } from "../support/help.js";

function make(items = new Map(), now = 1_000_000) {
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
  const clock = new FakeClock();
  clock.advance(now - clock.now());
  const state = { reloads: 0 };
  const reload = () => (state.reloads += 1);
  return { storage, clock, state, ask: () => reloadSoon(storage, clock, reload) };
}

test("a page reloads immediately, and again only after a minute", () => {
  const { clock, state, ask } = make();
  assert.equal(ask(), true);
  assert.equal(state.reloads, 1);
  clock.advance(1);
  assert.equal(ask(), false);
  clock.advance(58.9);
  assert.equal(state.reloads, 1);
  clock.advance(0.1);
  assert.equal(state.reloads, 2);
});

test("a delayed reload starts the next minute", () => {
  const { clock, state, ask } = make();
  ask();
  clock.advance(50);
  ask();
  clock.advance(10);
  assert.equal(state.reloads, 2);
  assert.equal(ask(), false);
  clock.advance(59.9);
  assert.equal(state.reloads, 2);
});

test("after a minute, a page reloads immediately", () => {
  const { clock, state, ask } = make();
  ask();
  clock.advance(60);
  assert.equal(ask(), true);
  assert.equal(state.reloads, 2);
});

test("a clock that was set back delays a reload by at most a minute", () => {
  const items = new Map();
  make(items).ask();
  assert.equal(make(items, 900_000).ask(), true);
});

test("a foreign entry in the storage does not delay a reload", () => {
  const { ask } = make(new Map([["livewidget-reloaded", "nonsense"]]));
  assert.equal(ask(), true);
});

test("once the last reload is forgotten, a page reloads immediately", () => {
  const { storage, state, ask } = make();
  ask();
  forgetReload(storage);
  assert.equal(ask(), true);
  assert.equal(state.reloads, 2);
});

test("forgetting the last reload ignores forbidden storage", () => {
  forgetReload({
    removeItem() {
      throw new Error("SecurityError");
    },
  });
});

for (const name of ["getItem", "setItem"]) {
  test(`with forbidden storage (${name}), a page waits a minute before each reload`, () => {
    const { storage, clock, state, ask } = make();
    storage[name] = () => {
      throw new Error("SecurityError");
    };
    assert.equal(ask(), false);
    clock.advance(59.9);
    assert.equal(state.reloads, 0);
    clock.advance(0.1);
    assert.equal(state.reloads, 1);
  });
}
