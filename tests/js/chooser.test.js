import assert from "node:assert/strict";
import { test } from "node:test";

import { Chooser } from "../../livewidget/js/chooser.js";
import { FakeStorage, make, makeConnected } from "./connecting.js";

const ALL = ["websocket", "eventstream", "longpoll"];

/** One that is connected by long-poll, after the others have failed. */
function makeLesser() {
  const all = make({ transports: ALL });
  all.connector.start();
  for (const _ of [1, 2]) {
    all.last().events.closed(1006, "");
    all.clock.advance(0);
  }
  all.last().welcome();
  all.told.length = 0;
  return all;
}

/** Let time pass on a connection that is alive. */
function live({ clock }, transport, seconds) {
  for (let rest = seconds; rest > 0; rest -= 20) {
    transport.events.messages([], null);
    clock.advance(Math.min(20, rest));
  }
}

/** Let promises go on. */
const turn = () => new Promise(setImmediate);

test("the best one is tried first, then the others, then it begins anew", () => {
  const chooser = new Chooser(ALL, new FakeStorage());
  const seen = [];
  for (let index = 0; index < 4; index++) {
    seen.push([chooser.kind, chooser.last, chooser.failed()]);
  }
  assert.deepEqual(seen, [
    ["websocket", false, true],
    ["eventstream", false, true],
    ["longpoll", true, false],
    ["websocket", false, true],
  ]);
});

test("what worked is tried first from then on, on the next page of the session too", () => {
  const storage = new FakeStorage();
  const chooser = new Chooser(ALL, storage);
  chooser.failed();
  chooser.worked("longpoll");
  for (const one of [chooser, new Chooser(ALL, storage)]) {
    assert.equal(one.kind, "longpoll");
    one.failed();
    assert.equal(one.kind, "websocket");
  }
});

test("what worked and is not offered any more is not tried", () => {
  const storage = new FakeStorage();
  new Chooser(ALL, storage).worked("longpoll");
  const chooser = new Chooser(["websocket"], storage);
  assert.equal(chooser.kind, "websocket");
  assert.equal(chooser.last, true);
});

test("a session without storage begins anew on each page", () => {
  const forbidden = () => {
    throw new DOMException("forbidden", "SecurityError");
  };
  const chooser = new Chooser(ALL, { getItem: forbidden, setItem: forbidden });
  chooser.worked("longpoll");
  assert.equal(chooser.kind, "longpoll");
});

test("better ones are those before it, and known if one has worked here", () => {
  const chooser = new Chooser(ALL, new FakeStorage());
  chooser.worked("longpoll");
  assert.deepEqual(chooser.better("websocket"), [[], false]);
  assert.deepEqual(chooser.better("longpoll"), [["websocket", "eventstream"], false]);
  chooser.worked("eventstream");
  assert.deepEqual(chooser.better("longpoll"), [["websocket", "eventstream"], true]);
  assert.deepEqual(chooser.better("eventstream"), [["websocket"], false]);
});

test("when one does not open the next is tried at once, without a word", () => {
  const { clock, connector, last, told, transports } = make({ transports: ALL });
  connector.start();
  last().events.closed(1006, "");
  clock.advance(0);
  last().events.closed(1006, "");
  clock.advance(0);
  assert.deepEqual(transports.map(({ kind }) => kind), ALL);
  assert.deepEqual(transports.map(({ hello }) => hello.connection), [1, 2, 3]);
  assert.deepEqual(told, [["state", "connecting"]]);
  last().events.closed(1006, "");
  assert.deepEqual(told.at(-1), ["state", "offline"]);
  clock.advance(0);
  assert.equal(transports.length, 3);
});

test("one that is not there within 2 seconds gives way", () => {
  const { clock, connector, last, transports } = make({ transports: ALL });
  connector.start();
  clock.advance(2);
  assert.equal(last().kind, "eventstream");
  assert.equal(transports[0].closed[0], 4408);
  clock.advance(2);
  assert.equal(last().kind, "longpoll");
  clock.advance(1.9);
  assert.equal(transports[2].closed, null);
  clock.advance(0.1);
  assert.equal(transports[2].closed[0], 4408);
});

test("those before the last one are not, however often all have failed", () => {
  const { clock, connector, last, transports } = make({ transports: ALL });
  connector.start();
  for (const _ of ALL) {
    last().events.closed(1006, "");
    clock.advance(0);
  }
  clock.advance(0.3);
  assert.equal(transports.length, 4);
  assert.equal(last().kind, "websocket");
  clock.advance(2);
  assert.equal(transports[3].closed[0], 4408);
  assert.equal(last().kind, "eventstream");
});

test("the last one is given longer each time, up to 10 seconds", () => {
  const { clock, connector, transports, last } = make({ random: 0 });
  connector.start();
  for (const patience of [2, 4, 8, 10, 10]) {
    const { length } = transports;
    clock.advance(patience - 0.01);
    assert.equal(last().closed, null);
    clock.advance(0.01);
    assert.equal(last().closed[0], 4408);
    while (transports.length === length) {
      clock.advance(0.01);
    }
  }
});

test("one that dies at once gives way to the next, with nothing lost", () => {
  const { clock, connector, delivery, last, told } = make({ transports: ALL });
  delivery.send("a");
  connector.start();
  last().welcome();
  clock.advance(1.9);
  last().events.closed(1006, "");
  assert.deepEqual(told.at(-1), ["state", "offline"]);
  clock.advance(0);
  assert.equal(last().kind, "eventstream");
  last().welcome();
  assert.deepEqual(last().sent, [[1, "a"]]);
});

test("one that lasted is tried again first", () => {
  const { clock, connector, last } = make({ transports: ALL });
  connector.start();
  last().welcome();
  clock.advance(2);
  last().events.closed(1006, "");
  clock.advance(0.5);
  assert.equal(last().kind, "websocket");
  assert.equal(last().hello.connection, 2);
});

test("a better one is tried after a minute, while the lesser goes on", async () => {
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

test("from the second best one the best is tried, too, and no other", async () => {
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

test("from the best one nothing is tried, and no timer runs for it", () => {
  const { clock, connector, last } = make({ transports: ALL });
  connector.start();
  last().welcome();
  // That of the silence.
  assert.equal(clock.running, 1);
});

for (const how of ["leave", "stop"]) {
  test(`after ${how} no better one is tried`, () => {
    const { clock, connector, probes } = makeLesser();
    connector[how](4429, "no room");
    assert.equal(clock.running, 0);
    clock.advance(1000);
    assert.deepEqual(probes, []);
  });
}

test("what comes while a hello is on its way is acknowledged, and not dispatched twice", async () => {
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
  // Where messages have no count, what was left out would be missed.
  assert.equal(last().events.received(), 1);
  last().events.messages(["b", "c"], null);
  assert.deepEqual(told.map(([, text]) => text), ["a", "b", "c"]);
  assert.equal(last().events.received(), 3);
  assert.equal(delivery.received, 3);
});

test("the server begins where it says, if it knows more than that hello", async () => {
  const all = makeLesser();
  const { last, probes, told } = all;
  const poll = last();
  live(all, poll, 60);
  probes[0][1](true);
  await turn();
  poll.events.messages(["a"], 1);
  assert.equal(last().hello.received, 0);
  last().welcome(0, { first: 2 });
  last().events.messages(["b"], null);
  assert.deepEqual(told.map(([, text]) => text), ["a", "b"]);
});

test("a server that leaves something out ends the page", () => {
  const { connector, last, told } = make();
  connector.start();
  last().welcome(0, { first: 2 });
  assert.equal(told.at(-1)[0], "ended");
  assert.equal(told.at(-1)[1], 4404);
});

test("its welcome may come after the older connection was closed for it", async () => {
  const all = makeLesser();
  const { clock, last, probes, told } = all;
  const poll = last();
  live(all, poll, 60);
  probes[0][1](true);
  await turn();
  poll.events.closed(4409, "taken over");
  assert.deepEqual(told, []);
  last().welcome();
  assert.deepEqual(told, []);
});

for (const [name, fail] of [
  ["if it fails then", (candidate) => candidate.events.closed(1006, "")],
  ["if it takes 2 seconds then", (candidate, clock) => clock.advance(2)],
]) {
  test(`${name}, the lesser one connects anew at once`, async () => {
    const all = makeLesser();
    const { clock, last, probes, told } = all;
    const poll = last();
    live(all, poll, 60);
    probes[0][1](true);
    await turn();
    const candidate = last();
    poll.events.closed(4409, "taken over");
    clock.advance(1.9);
    assert.deepEqual([candidate.closed, told], [null, []]);
    fail(candidate, clock);
    assert.deepEqual(told, [["state", "offline"]]);
    clock.advance(0);
    assert.equal(last().kind, "longpoll");
    assert.deepEqual(last().hello, { connection: 5, received: 0 });
    last().welcome();
    // And the next try is later.
    live(all, last(), 119.9);
    assert.equal(probes.length, 1);
    clock.advance(0.1);
    assert.equal(probes.length, 2);
  });
}

test("a connection that was taken over by a candidate which had failed before is lost, and no more", async () => {
  const all = makeLesser();
  const { clock, last, probes, told } = all;
  const poll = last();
  live(all, poll, 60);
  probes[0][1](true);
  await turn();
  last().events.closed(1006, "");
  poll.events.closed(4409, "taken over");
  assert.deepEqual(told, [["state", "offline"]]);
  clock.advance(0.5);
  assert.deepEqual(last().hello, { connection: 5, received: 0 });
});

test("a candidate that fails at once leaves the pause to the next try as it is", async () => {
  const all = makeLesser();
  const { clock, last, probes } = all;
  const poll = last();
  live(all, poll, 60);
  probes[0][1](true);
  await turn();
  last().events.closed(1006, "");
  probes[1][1](false);
  await turn();
  live(all, poll, 119.9);
  assert.equal(probes.length, 2);
  clock.advance(0.1);
  assert.equal(probes.length, 3);
});

test("a better one that opens and dies young is tried for ever later", async () => {
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

test("also if another better one has worked on this page, and until the best one lasts", async () => {
  const all = make({ transports: ALL });
  const { clock, connector, last, probes } = all;
  connector.start();
  last().events.closed(1006, "");
  clock.advance(0);
  // A stream works, and later on does not any more.
  last().welcome();
  clock.advance(3);
  last().events.closed(1006, "");
  clock.advance(0.5);
  for (const _ of [1, 2]) {
    last().events.closed(1006, "");
    clock.advance(0);
  }
  last().welcome();
  assert.equal(last().kind, "longpoll");
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
    // The stream does not open, which takes time.
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

test("4409 without a candidate is another copy of the page", () => {
  const { last, told } = makeLesser();
  last().events.closed(4409, "taken over");
  assert.deepEqual(told, [["ended", 4409, "taken over"]]);
});

test("when the way to one is not clear the next better one is tried, and later all again", async () => {
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

test("a candidate that does not answer is given up, and the connection in use stays", async () => {
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

test("after one that does not answer all are tried again later", async () => {
  const all = makeLesser();
  const { last, probes } = all;
  const poll = last();
  live(all, poll, 60);
  probes[0][1](true);
  await turn();
  live(all, poll, 10);
  probes[1][1](false);
  await turn();
  live(all, poll, 119.9);
  assert.equal(probes.length, 2);
  live(all, poll, 0.1);
  assert.deepEqual(probes.map(([kind]) => kind), ["websocket", "eventstream", "websocket"]);
});

test("a connection that is lost while a candidate is tried takes it along", async () => {
  const all = makeLesser();
  const { clock, last, probes, transports } = all;
  const poll = last();
  live(all, poll, 60);
  probes[0][1](true);
  await turn();
  const candidate = last();
  poll.events.closed(1006, "");
  assert.equal(candidate.closed[0], 4409);
  clock.advance(0.5);
  assert.equal(transports.length, 5);
  assert.equal(last().kind, "longpoll");
});

test("then the candidate tells nothing", async () => {
  const all = makeLesser();
  const { clock, delivery, last, probes, told } = all;
  const poll = last();
  live(all, poll, 60);
  probes[0][1](true);
  await turn();
  const candidate = last();
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

test("a probe says what a hello of the connection in use would", () => {
  const all = makeLesser();
  const { last, probes } = all;
  last().events.messages(["a"], 1);
  live(all, last(), 60);
  assert.deepEqual(probes[0][2], { connection: 3, received: 1, heartbeat: undefined });
});

test("an answer to a probe that comes too late changes nothing", async () => {
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

test("nor does one that comes when there is another connection", async () => {
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

test("one that has worked on this page is tried for again soon, but not for ever", async () => {
  const { clock, connector, last, probes } = make({ transports: ALL });
  connector.start();
  last().welcome();
  clock.advance(3);
  last().events.closed(1006, "");
  clock.advance(0.5);
  for (const _ of [1, 2]) {
    last().events.closed(1006, "");
    clock.advance(0);
  }
  last().welcome();
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

test("one that has worked and then fails as a candidate is tried for later each time", async () => {
  const all = make({ transports: ALL });
  const { clock, connector, last, probes } = all;
  connector.start();
  last().welcome();
  clock.advance(3);
  last().events.closed(1006, "");
  clock.advance(0.5);
  for (const _ of [1, 2]) {
    last().events.closed(1006, "");
    clock.advance(0);
  }
  last().welcome();
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
