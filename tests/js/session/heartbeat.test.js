// Learning how long a proxy tolerates silence.

import assert from "node:assert/strict";
import { test } from "node:test";

import { makeConnected } from "../support/connecting.js";

test("after two cuts at the same silence, a shorter heartbeat is requested", () => {
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

test("silences that differ by less than 1.5 seconds count as the same", () => {
  const { clock, last } = makeConnected();
  for (const [silence, heartbeat] of [[10, undefined], [11.75, undefined], [13, 6.5]]) {
    clock.advance(silence);
    last().events.closed(1006, "");
    clock.advance(1);
    assert.equal(last().heartbeat, heartbeat);
    last().welcome();
  }
});

test("an attempt that fails after a cut does not count as a cut", () => {
  const { clock, last, transports } = makeConnected();
  clock.advance(10);
  last().events.closed(1006, "");
  clock.advance(0.3);
  last().events.closed(1006, "");
  clock.advance(1);
  assert.equal(transports.length, 3);
  assert.equal(last().heartbeat, undefined);
});

test("a close for silence does not change the heartbeat", () => {
  const { clock, last } = makeConnected();
  for (const _ of [1, 2]) {
    clock.advance(10);
    last().events.closed(4408, "silence");
    clock.advance(1);
    assert.equal(last().heartbeat, undefined);
    last().welcome();
  }
});

test("silences that are too short or longer than the heartbeat do not change it", () => {
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
