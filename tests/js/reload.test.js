import assert from "node:assert/strict";
import { test } from "node:test";

import { reloadOnce } from "../../livewidget/js/reload.js";

function make(items = new Map()) {
  const storage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
  };
  const state = { reloads: 0 };
  const at = (now) => reloadOnce(storage, now, () => (state.reloads += 1));
  return { state, at };
}

test("a page reloads by itself once a minute", () => {
  const { state, at } = make();
  assert.equal(at(1_000_000), true);
  assert.equal(at(1_000_001), false);
  assert.equal(at(1_000_059.9), false);
  assert.equal(state.reloads, 1);
  assert.equal(at(1_000_060), true);
  assert.equal(state.reloads, 2);
});

test("a reload that was refused does not make the minute longer", () => {
  const { at } = make();
  at(1_000_000);
  at(1_000_050);
  assert.equal(at(1_000_060), true);
});

test("a clock that was set back does not keep a page from reloading", () => {
  const { state, at } = make();
  at(1_000_000);
  assert.equal(at(900_000), true);
  assert.equal(state.reloads, 2);
});

test("what somebody else has stored does not keep a page from reloading", () => {
  const { at } = make(new Map([["livewidget-reloaded", "nonsense"]]));
  assert.equal(at(1_000_000), true);
});

test("where storage is forbidden a page never reloads by itself", () => {
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  let reloads = 0;
  const reload = () => (reloads += 1);
  assert.equal(reloadOnce({ getItem: forbidden, setItem: () => {} }, 1_000_000, reload), false);
  assert.equal(reloadOnce({ getItem: () => null, setItem: forbidden }, 1_000_000, reload), false);
  assert.equal(reloads, 0);
});
