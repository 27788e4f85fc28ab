import assert from "node:assert/strict";
import { test } from "node:test";

import { DeadlineTimer, systemClock } from "../../../livewidget/js/session/timer.js";
import { FakeClock } from "../support/help.js";

function make() {
  const clock = new FakeClock();
  const fired = [];
  const timer = new DeadlineTimer(clock, () => fired.push(clock.time));
  return { clock, fired, timer };
}

test("the timer fires once, at its deadline", () => {
  const { clock, fired, timer } = make();
  timer.set(1005);
  clock.advance(4.9);
  assert.deepEqual(fired, []);
  clock.advance(100);
  assert.deepEqual(fired, [1005]);
});

test("a later deadline does not change the timer, which fires early", () => {
  const { clock, fired, timer } = make();
  timer.set(1005);
  timer.set(1009);
  assert.equal(clock.running, 1);
  clock.advance(5);
  assert.deepEqual(fired, [1005]);
});

test("an earlier deadline replaces the timer", () => {
  const { clock, fired, timer } = make();
  timer.set(1009);
  timer.set(1005);
  assert.equal(clock.running, 1);
  clock.advance(100);
  assert.deepEqual(fired, [1005]);
});

test("null does not change the timer", () => {
  const { clock, fired, timer } = make();
  timer.set(null);
  assert.equal(clock.running, 0);
  timer.set(1005);
  timer.set(null);
  clock.advance(5);
  assert.deepEqual(fired, [1005]);
});

test("a deadline in the past fires immediately, but after set() returns", () => {
  const { clock, fired, timer } = make();
  timer.set(900);
  assert.deepEqual(fired, []);
  assert.equal(clock.next, clock.time);
  clock.advance(0);
  assert.deepEqual(fired, [1000]);
});

test("a stopped timer does not fire until it is set again", () => {
  const { clock, fired, timer } = make();
  timer.set(1005);
  timer.stop();
  timer.stop();
  assert.equal(clock.running, 0);
  timer.set(1007);
  clock.advance(100);
  assert.deepEqual(fired, [1007]);
});

test("the timer can be set while it fires", () => {
  const clock = new FakeClock();
  const fired = [];
  const timer = new DeadlineTimer(clock, () => {
    fired.push(clock.time);
    timer.set(clock.time + 2);
  });
  timer.set(1001);
  clock.advance(6);
  assert.deepEqual(fired, [1001, 1003, 1005]);
});

test("the system clock counts in seconds", (t) => {
  const callback = () => {};
  const set = t.mock.method(globalThis, "setTimeout", () => "timer");
  const clear = t.mock.method(globalThis, "clearTimeout", () => {});
  t.mock.method(Date, "now", () => 5000);
  assert.equal(systemClock.now(), 5);
  systemClock.clearTimer(systemClock.setTimer(callback, 2));
  assert.deepEqual(set.mock.calls[0].arguments, [callback, 2000]);
  assert.deepEqual(clear.mock.calls[0].arguments, ["timer"]);
});
