// Trying for a better transport.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ALL, live, make, makeLesser, makeTrying, turn } from "../support/connecting.js";

/** Lose a connection that has lasted, then connect by long-poll after the others fail. */
function fall({ clock, last }) {
  clock.advance(3);
  last().events.closed(1006, "");
  clock.advance(0.5);
  for (const _ of [1, 2]) {
    last().events.closed(1006, "");
    clock.advance(0);
  }
  assert.equal(last().kind, "longpoll");
  last().welcome();
}

test("a better transport is tried after a minute while the lesser stays in use", async () => {
  const all = makeLesser();
  const { clock, connector, delivery, last, probes, told, transports } = all;
  const poll = last();
  live(all, poll, 59.9);
  poll.events.messages(["x"], 1);
  assert.deepEqual(probes, []);
  clock.advance(0.1);
  assert.equal(probes[0][0], "websocket");
  probes[0][1](true);
  await turn();
  assert.equal(last().kind, "websocket");
  assert.deepEqual(last().hello, { connection: 4, received: 1 });
  delivery.send("a");
  connector.flush();
  assert.deepEqual(poll.sent, [[1, "a"]]);
  poll.events.messages(["y"], 2);
  assert.equal(poll.closed, null);
  last().welcome();
  assert.equal(poll.closed[0], 4409);
  assert.deepEqual(last().sent, [[1, "a"]]);
  poll.events.messages(["late"], 3);
  assert.deepEqual(told, [["message", "x"], ["message", "y"]]);
  live(all, last(), 1000);
  assert.equal(transports.length, 4);
  assert.equal(probes.length, 1);
});

test("from the second-best transport, only the best is tried", async () => {
  const all = make({ transports: ALL });
  const { clock, connector, last, probes } = all;
  connector.start();
  last().events.closed(1006, "");
  clock.advance(0);
  last().welcome();
  live(all, last(), 60);
  assert.deepEqual(probes.map(([kind]) => kind), ["websocket"]);
  probes[0][1](false);
  await turn();
  assert.equal(probes.length, 1);
});

test("from the best transport, nothing is tried and no timer runs", () => {
  const { clock, connector, last } = make({ transports: ALL });
  connector.start();
  last().welcome();
  // The timer for silence.
  assert.equal(clock.running, 1);
});

for (const how of ["leave", "stop"]) {
  test(`after ${how}, no better transport is tried`, () => {
    const { clock, connector, probes } = makeLesser();
    connector[how](4429, "no room");
    assert.equal(clock.running, 0);
    clock.advance(1000);
    assert.deepEqual(probes, []);
  });
}

test("messages that arrive after a candidate's hello are acknowledged and not dispatched twice", async () => {
  const all = makeLesser();
  const { last, probes, told, delivery } = all;
  const poll = last();
  live(all, poll, 60);
  poll.events.messages(["a"], 1);
  probes[0][1](true);
  await turn();
  assert.equal(last().hello.received, 1);
  poll.events.messages(["b"], 2);
  assert.equal(poll.events.received(), 2);
  last().welcome();
  // Without counts, a skipped message would be lost.
  assert.equal(last().events.received(), 1);
  last().events.messages(["b", "c"], null);
  assert.deepEqual(told.map(([, text]) => text), ["a", "b", "c"]);
  assert.equal(last().events.received(), 3);
  assert.equal(delivery.received, 3);
});

test("the server starts after the hello's count if it knows of more acknowledgements", async () => {
  const { last, told, poll } = await makeTrying();
  poll.events.messages(["a"], 1);
  assert.equal(last().hello.received, 0);
  last().welcome(0, { first: 2 });
  last().events.messages(["b"], null);
  assert.deepEqual(told.map(([, text]) => text), ["a", "b"]);
});

test("a server that skips a message ends the page", () => {
  const { connector, last, told } = make();
  connector.start();
  last().welcome(0, { first: 2 });
  assert.equal(told.at(-1)[0], "ended");
  assert.equal(told.at(-1)[1], 4404);
});

test("a candidate may be welcomed after the older connection was closed", async () => {
  const { last, told, poll } = await makeTrying();
  poll.events.closed(4409, "taken over");
  assert.deepEqual(told, []);
  last().welcome();
  assert.deepEqual(told, []);
});

for (const [name, fail] of [
  ["if the candidate fails after that", (candidate) => candidate.events.closed(1006, "")],
  ["if the candidate takes 2 seconds after that", (candidate, clock) => clock.advance(2)],
]) {
  test(`${name}, the lesser transport reconnects immediately`, async () => {
    const all = await makeTrying();
    const { clock, last, probes, told, candidate, poll } = all;
    poll.events.closed(4409, "taken over");
    clock.advance(1.9);
    assert.deepEqual([candidate.closed, told], [null, []]);
    fail(candidate, clock);
    assert.deepEqual(told, [["state", "offline"]]);
    clock.advance(0);
    assert.equal(last().kind, "longpoll");
    assert.deepEqual(last().hello, { connection: 5, received: 0 });
    last().welcome();
    // The next try is later.
    live(all, last(), 119.9);
    assert.equal(probes.length, 1);
    clock.advance(0.1);
    assert.equal(probes.length, 2);
  });
}

test("a connection replaced by a candidate that had already failed is only lost", async () => {
  const { clock, last, told, poll } = await makeTrying();
  last().events.closed(1006, "");
  poll.events.closed(4409, "taken over");
  assert.deepEqual(told, [["state", "offline"]]);
  clock.advance(0.5);
  assert.deepEqual(last().hello, { connection: 5, received: 0 });
});

test("a candidate that fails immediately does not change the pause to the next try", async () => {
  const all = await makeTrying();
  const { clock, last, probes, poll } = all;
  last().events.closed(1006, "");
  probes[1][1](false);
  await turn();
  live(all, poll, 119.9);
  assert.equal(probes.length, 2);
  clock.advance(0.1);
  assert.equal(probes.length, 3);
});

test("a better transport that opens and is lost soon is tried less and less often", async () => {
  const all = makeLesser();
  const { clock, last, probes } = all;
  for (const wait of [60, 120, 240, 480, 600]) {
    const before = probes.length;
    live(all, last(), wait - 0.1);
    assert.equal(probes.length, before);
    clock.advance(0.1);
    probes.at(-1)[1](true);
    await turn();
    last().welcome();
    clock.advance(1);
    last().events.closed(1006, "");
    clock.advance(0);
    last().events.closed(1006, "");
    clock.advance(0);
    assert.equal(last().kind, "longpoll");
    last().welcome();
  }
});

test("the pause also grows if another better transport has worked, until the best one lasts", async () => {
  const all = make({ transports: ALL });
  const { clock, connector, last, probes } = all;
  connector.start();
  last().events.closed(1006, "");
  clock.advance(0);
  // A stream works first, and fails later.
  last().welcome();
  fall(all);
  for (const wait of [5, 10, 20, 40]) {
    const before = probes.length;
    live(all, last(), wait - 0.1);
    assert.equal(probes.length, before, `${wait}`);
    clock.advance(0.2);
    probes.at(-1)[1](true);
    await turn();
    assert.equal(last().kind, "websocket");
    last().welcome();
    if (wait === 40) {
      break;
    }
    clock.advance(1);
    last().events.closed(1006, "");
    clock.advance(0);
    // The stream does not open within its time.
    assert.equal(last().kind, "eventstream");
    clock.advance(2);
    assert.equal(last().kind, "longpoll");
    last().welcome();
  }
  live(all, last(), 2);
  last().events.closed(1006, "");
  clock.advance(0.5);
  for (const _ of [1, 2]) {
    last().events.closed(1006, "");
    clock.advance(0);
  }
  last().welcome();
  const before = probes.length;
  live(all, last(), 4.9);
  assert.equal(probes.length, before);
  clock.advance(0.2);
  assert.equal(probes.length, before + 1);
});

test("4409 without a candidate means another copy of the page", () => {
  const { last, told } = makeLesser();
  last().events.closed(4409, "taken over");
  assert.deepEqual(told, [["ended", 4409, "taken over"]]);
});

test("after a failed probe, the next better transport is tried, and later all again", async () => {
  const { clock, last, probes, transports } = makeLesser();
  const poll = last();
  let count = 0;
  for (const wait of [60, 120, 240, 480, 600, 600]) {
    for (let passed = 1; passed < wait; passed++) {
      clock.advance(1);
      poll.events.messages([], null);
    }
    assert.equal(probes.length, count);
    clock.advance(1);
    poll.events.messages([], null);
    for (const kind of ["websocket", "eventstream"]) {
      assert.equal(probes[count][0], kind);
      probes[count++][1](false);
      await turn();
    }
  }
  assert.equal(transports.length, 3);
});

test("a candidate that does not answer is given up, and the connection in use is kept", async () => {
  const { clock, last, probes, told } = makeLesser();
  const poll = last();
  clock.advance(30);
  poll.events.messages([], null);
  clock.advance(30);
  probes[0][1](true);
  await turn();
  const candidate = last();
  poll.events.messages([], null);
  clock.advance(9.9);
  assert.equal(candidate.closed, null);
  clock.advance(0.1);
  assert.equal(candidate.closed[0], 4408);
  assert.equal(poll.closed, null);
  assert.equal(probes[1][0], "eventstream");
  candidate.events.welcome({ received: 0, heartbeat: 25, timeout: 20 });
  assert.equal(poll.closed, null);
  assert.deepEqual(told, []);
});

test("after a candidate that does not answer, all are tried again later", async () => {
  const all = await makeTrying();
  const { probes, poll } = all;
  live(all, poll, 10);
  probes[1][1](false);
  await turn();
  live(all, poll, 119.9);
  assert.equal(probes.length, 2);
  live(all, poll, 0.1);
  assert.deepEqual(probes.map(([kind]) => kind), ["websocket", "eventstream", "websocket"]);
});

test("a connection lost during a candidate's attempt closes the candidate", async () => {
  const { clock, last, transports, candidate, poll } = await makeTrying();
  poll.events.closed(1006, "");
  assert.equal(candidate.closed[0], 4409);
  clock.advance(0.5);
  assert.equal(transports.length, 5);
  assert.equal(last().kind, "longpoll");
});

test("events of a candidate closed that way are ignored", async () => {
  const all = await makeTrying();
  const { clock, delivery, last, probes, told, candidate, poll } = all;
  poll.events.closed(1006, "");
  candidate.welcome();
  assert.equal(delivery.connected, false);
  clock.advance(0.5);
  last().welcome();
  last().events.messages(["a"], 1);
  assert.deepEqual(told.at(-1), ["message", "a"]);
  assert.equal(last().events.received(), 1);
  live(all, last(), 60);
  assert.equal(probes.length, 2);
});

test("a probe sends the hello of the connection in use", () => {
  const all = makeLesser();
  const { last, probes } = all;
  last().events.messages(["a"], 1);
  live(all, last(), 60);
  assert.deepEqual(probes[0][2], { connection: 3, received: 1, heartbeat: undefined });
});

test("a late answer to a probe is ignored", async () => {
  for (const change of ["closed", "stop"]) {
    const all = makeLesser();
    const { connector, last, probes, transports } = all;
    live(all, last(), 60);
    if (change === "closed") {
      last().events.closed(1006, "");
    } else {
      connector.stop(4400, "");
    }
    probes[0][1](true);
    await turn();
    assert.equal(transports.length, 3);
  }
});

test("an answer to the probe of an older connection is ignored", async () => {
  const all = makeLesser();
  const { clock, last, probes, transports } = all;
  live(all, last(), 60);
  last().events.closed(1006, "");
  clock.advance(0.5);
  last().welcome();
  probes[0][1](true);
  await turn();
  assert.equal(transports.length, 4);
  assert.equal(last().kind, "longpoll");
});

test("a transport that has worked on this page is tried soon, then less often", async () => {
  const all = make({ transports: ALL });
  const { clock, connector, last, probes } = all;
  connector.start();
  last().welcome();
  fall(all);
  clock.advance(4.9);
  assert.deepEqual(probes, []);
  clock.advance(0.1);
  assert.equal(probes.length, 1);
  probes[0][1](false);
  await turn();
  probes[1][1](false);
  await turn();
  clock.advance(9.9);
  assert.equal(probes.length, 2);
  clock.advance(0.1);
  assert.equal(probes.length, 3);
});

test("a transport that has worked and fails as a candidate is tried less often", async () => {
  const all = make({ transports: ALL });
  const { clock, connector, last, probes } = all;
  connector.start();
  last().welcome();
  fall(all);
  clock.advance(5);
  probes[0][1](true);
  await turn();
  last().events.closed(1006, "");
  probes[1][1](false);
  await turn();
  const poll = all.transports.at(-2);
  poll.events.closed(1006, "");
  clock.advance(0.5);
  assert.equal(last().kind, "longpoll");
  last().welcome();
  live(all, last(), 9.9);
  assert.equal(probes.length, 2);
  clock.advance(0.2);
  assert.equal(probes.length, 3);
});
