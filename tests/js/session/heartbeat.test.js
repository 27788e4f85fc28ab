// Learning how long something between bears silence.

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeConnected } from "../support/connecting.js";

test("after two cuts at the same silence a shorter heartbeat is asked for", () => {
  const { clock, last } = makeConnected();
  for (const [silence, heartbeat] of [[10, undefined], [10.2, 5.1], [4, 5.1], [3, 1.5]]) {
    clock.advance(silence);
    last().events.closed(1006, "");
    clock.advance(1);
    assert.equal(last().heartbeat === undefined, heartbeat === undefined);
    assert.ok(Math.abs((last().heartbeat ?? 0) - (heartbeat ?? 0)) < 0.01, `${last().heartbeat}`);
    last().welcome();
  }
});

test("cuts are at the same silence if there are less than 1.5 seconds between", () => {
  const { clock, last } = makeConnected();
  for (const [silence, heartbeat] of [[10, undefined], [11.75, undefined], [13, 6.5]]) {
    clock.advance(silence);
    last().events.closed(1006, "");
    clock.advance(1);
    assert.equal(last().heartbeat, heartbeat);
    last().welcome();
  }
});

test("a try that fails after a cut is no other cut", () => {
  const { clock, last, transports } = makeConnected();
  clock.advance(10);
  last().events.closed(1006, "");
  clock.advance(0.3);
  last().events.closed(1006, "");
  clock.advance(1);
  assert.equal(transports.length, 3);
  assert.equal(last().heartbeat, undefined);
});

test("no heartbeat is asked for where the server has heard nothing", () => {
  const { clock, last } = makeConnected();
  for (const _ of [1, 2]) {
    clock.advance(10);
    last().events.closed(4408, "silence");
    clock.advance(1);
    assert.equal(last().heartbeat, undefined);
    last().welcome();
  }
});

test("no heartbeat is asked for where something was heard, or that was silent too long", () => {
  const { clock, last } = makeConnected();
  for (const silence of [1, 1, 30, 30]) {
    clock.advance(silence);
    last().events.closed(1006, "");
    clock.advance(5);
    last().welcome();
  }
  clock.advance(45);
  clock.advance(5);
  last().welcome();
  clock.advance(45);
  clock.advance(5);
  assert.equal(last().heartbeat, undefined);
});
