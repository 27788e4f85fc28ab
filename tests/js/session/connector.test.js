import assert from "node:assert/strict";
import { test } from "node:test";

import { ProtocolError } from "../../../livewidget/js/wire/errors.js";
import { make, makeConnected } from "../support/connecting.js";

test("start connects and shows it", () => {
  const { connector, told, last } = make();
  connector.start();
  assert.deepEqual(last().hello, { connection: 1, received: 0 });
  assert.deepEqual(told, [["state", "connecting"]]);
  last().welcome();
  assert.deepEqual(told, [["state", "connecting"], ["state", "connected"]]);
});

test("messages sent before the connection go out after the welcome", () => {
  const { connector, delivery, last } = make();
  delivery.send("a");
  connector.flush();
  connector.start();
  connector.flush();
  assert.deepEqual(last().sent, []);
  last().welcome();
  assert.deepEqual(last().sent, [[1, "a"]]);
});

test("messages are dispatched in order, each counted after its dispatch", () => {
  const { delivery, last, told, connector } = makeConnected();
  last().events.messages(["a", "b"], null);
  assert.deepEqual(told, [["message", "a"], ["message", "b"]]);
  assert.equal(delivery.received, 2);
  delivery.send("c");
  connector.flush();
  assert.deepEqual(last().sent, [[1, "c"]]);
});

test("messages with a count are not dispatched twice", () => {
  const { last, told } = makeConnected();
  last().events.messages(["a", "b"], 1);
  last().events.messages(["b", "c"], 2);
  assert.deepEqual(told.map(([, text]) => text), ["a", "b", "c"]);
});

test("messages are acknowledged after a second", () => {
  const { clock, last } = makeConnected();
  last().events.messages(["a", "b"], null);
  clock.advance(0.9);
  assert.deepEqual(last().acknowledgements, []);
  clock.advance(0.1);
  assert.deepEqual(last().acknowledgements, [2]);
});

test("a count acknowledged by a request is not acknowledged again", () => {
  const { clock, last } = makeConnected();
  last().events.messages(["a"], null);
  assert.equal(last().events.received(), 1);
  clock.advance(2);
  assert.deepEqual(last().acknowledgements, []);
});

test("a heartbeat is answered immediately and keeps the connection alive", () => {
  const { clock, last, transports, told } = makeConnected();
  for (let beats = 1; beats <= 4; beats++) {
    clock.advance(25);
    last().events.acknowledged(0);
    assert.equal(last().acknowledgements.length, beats);
  }
  assert.equal(transports.length, 1);
  assert.deepEqual(told, []);
});

test("a lost connection is replaced after a pause and resumed", () => {
  const { clock, delivery, connector, transports, told, last } = makeConnected();
  delivery.send("a");
  delivery.send("b");
  connector.flush();
  last().events.messages(["x"], null);
  last().events.closed(1006, "");
  assert.deepEqual(told, [["message", "x"], ["state", "offline"]]);
  delivery.send("c");
  connector.flush();
  clock.advance(0.29);
  assert.equal(transports.length, 1);
  clock.advance(0.02);
  assert.deepEqual(last().hello, { connection: 2, received: 1 });
  last().welcome(1);
  assert.deepEqual(last().sent, [[2, "b"], [3, "c"]]);
  assert.deepEqual(told.at(-1), ["state", "connected"]);
});

for (const random of [0, 0.5, 1]) {
  test(`the pauses between attempts grow, spread by ${random}`, () => {
    const { clock, transports, last, connector } = make({ random });
    connector.start();
    for (const longest of [0.5, 1, 2, 4, 5, 5]) {
      const count = transports.length;
      last().events.closed(1006, "");
      const wait = longest * (0.2 + 0.8 * random);
      clock.advance(wait - 0.001);
      assert.equal(transports.length, count);
      clock.advance(0.002);
      assert.equal(transports.length, count + 1);
    }
  });
}

test("after a connection that lasted, the pauses are short again", () => {
  const { clock, transports, last, connector } = make({ random: 1 });
  connector.start();
  last().events.closed(1006, "");
  clock.advance(0.5);
  last().events.closed(1006, "");
  clock.advance(1);
  last().welcome();
  clock.advance(2);
  last().events.closed(1006, "");
  clock.advance(0.5);
  assert.equal(transports.length, 4);
});

test("after a brief connection, the pauses keep growing", () => {
  const { clock, transports, last, connector } = make({ random: 1 });
  connector.start();
  last().events.closed(1006, "");
  clock.advance(0.5);
  last().welcome();
  clock.advance(1.4);
  last().events.closed(1006, "");
  clock.advance(0.9);
  assert.equal(transports.length, 2);
  clock.advance(0.2);
  assert.equal(transports.length, 3);
});

test("a connection that is silent for too long is closed with 4408 and replaced", () => {
  const { clock, transports, told, last } = makeConnected();
  const [first] = transports;
  clock.advance(44.9);
  assert.equal(first.closed, null);
  clock.advance(0.1);
  assert.equal(first.closed[0], 4408);
  assert.deepEqual(told, [["state", "offline"]]);
  clock.advance(1);
  assert.equal(transports.length, 2);
  assert.equal(last().hello.connection, 2);
});

test("the welcome determines how long silence may last", () => {
  const { clock, connector, last } = make();
  connector.start();
  last().welcome(0, { heartbeat: 3, timeout: 2 });
  clock.advance(4.9);
  assert.equal(last().closed, null);
  clock.advance(0.1);
  assert.equal(last().closed[0], 4408);
});

test("an attempt without an answer is given up", () => {
  const { clock, connector, transports, told, last } = make();
  connector.start();
  clock.advance(1.9);
  assert.equal(last().closed, null);
  clock.advance(0.1);
  assert.equal(last().closed[0], 4408);
  assert.deepEqual(told.at(-1), ["state", "offline"]);
  clock.advance(1);
  assert.equal(transports.length, 2);
});

test("a timer that fires early does not end an attempt", () => {
  const { clock, connector, last } = make();
  const { setTimer } = clock;
  clock.setTimer = (callback, seconds) => setTimer(callback, seconds > 1 ? seconds - 0.25 : seconds);
  connector.start();
  clock.advance(1.75);
  assert.equal(last().closed, null);
  clock.advance(0.25);
  assert.equal(last().closed[0], 4408);
});

for (const method of ["wake", "reconnect"]) {
  test(`${method} attempts immediately during a pause`, () => {
    const { clock, connector, transports, last } = makeConnected();
    last().events.closed(1006, "");
    connector[method]();
    clock.advance(0);
    assert.equal(transports.length, 2);
    clock.advance(1.9);
    assert.equal(transports.length, 2);
  });
}

test("wake keeps a connection and a recent attempt", () => {
  const { clock, connector, transports, last } = make();
  connector.start();
  clock.advance(0.9);
  connector.wake();
  last().welcome();
  connector.wake();
  assert.equal(transports.length, 1);
  assert.equal(last().closed, null);
});

test("wake replaces an attempt that may be older than the network", () => {
  const { clock, connector, transports, last, told } = make();
  connector.start();
  clock.advance(1);
  connector.wake();
  clock.advance(0);
  assert.equal(transports[0].closed[0], 4409);
  assert.deepEqual(last().hello, { connection: 2, received: 0 });
  told.length = 0;
  transports[0].events.closed(1006, "");
  transports[0].welcome();
  assert.deepEqual(told, []);
  last().welcome();
  assert.deepEqual(told, [["state", "connected"]]);
});

test("wake detects a connection that was silent while the computer slept", () => {
  const { clock, connector, last } = makeConnected();
  clock.time += 3600;
  connector.wake();
  assert.equal(last().closed[0], 4408);
});

// Changes of the network.

test("reconnect replaces a connection that may be dead, and nothing is lost", () => {
  const { clock, delivery, connector, transports, told, last } = makeConnected();
  const [older] = transports;
  clock.advance(1);
  delivery.send("a");
  delivery.send("b");
  connector.flush();
  older.events.messages(["x"], null);
  told.length = 0;
  connector.reconnect();
  clock.advance(0);
  assert.deepEqual(older.closed, [4409, "a newer connection has taken over"]);
  assert.deepEqual(last().hello, { connection: 2, received: 1 });
  assert.deepEqual(told, [["state", "offline"]]);
  delivery.send("c");
  connector.flush();
  older.events.messages(["lost", "y"], null);
  older.events.closed(4409, "a newer connection has taken over");
  assert.deepEqual(last().sent, []);
  last().welcome(1);
  assert.deepEqual(last().sent, [[2, "b"], [3, "c"]]);
  last().events.messages(["y"], null);
  assert.deepEqual(told.slice(1), [["state", "connected"], ["message", "y"]]);
  clock.advance(44);
  assert.equal(transports.length, 2);
});

test("reconnect during a dispatch does not repeat the message", () => {
  const { clock, connector, last } = makeConnected({ message: () => connector.reconnect() });
  clock.advance(1);
  last().events.messages(["a", "b"], null);
  clock.advance(0);
  assert.deepEqual(last().hello, { connection: 2, received: 2 });
});

test("however often the network returns, there is one new connection per second", () => {
  const { clock, connector, transports, last } = makeConnected();
  for (let tenths = 0; tenths < 50; tenths++) {
    const count = transports.length;
    connector.reconnect();
    connector.reconnect();
    clock.advance(0.1);
    if (transports.length > count) {
      last().welcome();
    }
  }
  assert.equal(transports.length, 6);
});

test("a second change of the network within a second leads to a new connection", () => {
  const { clock, connector, transports } = makeConnected();
  clock.advance(0.3);
  connector.reconnect();
  clock.advance(0.69);
  assert.equal(transports.length, 1);
  clock.advance(0.02);
  assert.equal(transports.length, 2);
});

test("an attempt that succeeds just after the network returned is kept", () => {
  const { clock, connector, transports, last } = make();
  connector.start();
  clock.advance(0.5);
  connector.reconnect();
  last().welcome();
  clock.advance(5);
  assert.equal(transports.length, 1);
});

test("after a good connection was replaced, the pauses are short again", () => {
  const { clock, connector, transports, last } = make({ random: 1 });
  connector.start();
  for (const wait of [0.5, 1, 2]) {
    last().events.closed(1006, "");
    clock.advance(wait);
  }
  last().welcome();
  clock.advance(2);
  connector.reconnect();
  clock.advance(0);
  last().events.closed(1006, "");
  const count = transports.length;
  clock.advance(0.5);
  assert.equal(transports.length, count + 1);
});

test("without a network, offline is shown immediately and the connection kept", () => {
  const { connector, delivery, transports, told, last } = makeConnected();
  connector.offline();
  assert.deepEqual(told, [["state", "offline"]]);
  assert.equal(last().closed, null);
  delivery.send("a");
  connector.flush();
  assert.deepEqual(last().sent, [[1, "a"]]);
  assert.equal(transports.length, 1);
});

for (const [what, event] of [["messages", ["messages", ["a"], null]], ["acknowledged", ["acknowledged", 0]]]) {
  test(`a surviving connection is shown as connected by ${what}, once`, () => {
    const { connector, told, last } = makeConnected();
    const [name, ...args] = event;
    connector.offline();
    last().events[name](...args);
    last().events[name](...args);
    assert.deepEqual(told.filter(([kind]) => kind === "state"), [["state", "offline"], ["state", "connected"]]);
  });
}

test("reconnect inside the offline event leads to one new connection", () => {
  const { clock, connector, transports, told, last } = makeConnected();
  told.push = ([, state]) => state === "offline" && connector.reconnect();
  last().events.closed(1006, "");
  clock.advance(0.9);
  connector.reconnect();
  last().welcome();
  clock.advance(44);
  assert.equal(transports.length, 2);
});

// The end.

for (const code of [4000, 4400, 4403, 4404, 4409, 4413, 4429, 4500]) {
  test(`a close with ${code} ends the page`, () => {
    const { clock, connector, transports, told, last } = makeConnected();
    connector.reconnect();
    last().events.closed(code, "why");
    assert.deepEqual(told, [["ended", code, "why"]]);
    connector.wake();
    connector.reconnect();
    connector.offline();
    clock.advance(1000);
    assert.equal(told.length, 1);
    assert.equal(transports.length, 1);
  });
}

test("a page whose first connection is refused has ended", () => {
  const { connector, told, last } = make();
  connector.start();
  told.length = 0;
  last().events.closed(4403, "why");
  assert.deepEqual(told, [["ended", 4403, "why"]]);
});

for (const code of [1000, 1001, 1005, 1006, 1011, 4408, 4999]) {
  test(`after a close with ${code}, it reconnects`, () => {
    const { clock, transports, told, last } = makeConnected();
    last().events.closed(code, "");
    assert.deepEqual(told, [["state", "offline"]]);
    clock.advance(1);
    assert.equal(transports.length, 2);
  });
}

test("events of an older transport are ignored", () => {
  const { clock, delivery, transports, told } = makeConnected();
  const [older] = transports;
  older.events.closed(1006, "");
  clock.advance(1);
  told.length = 0;
  older.events.messages(["late"], null);
  older.events.acknowledged(0);
  older.events.closed(4404, "late");
  older.welcome();
  assert.deepEqual(told, []);
  assert.equal(delivery.connected, false);
  transports[1].welcome();
  older.events.messages(["late"], 1);
  older.events.closed(1006, "");
  assert.deepEqual(told, [["state", "connected"]]);
  assert.equal(delivery.connected, true);
});

test("a message is counted only after its dispatch", () => {
  const counts = [];
  const { delivery, last } = makeConnected({ message: () => counts.push(delivery.received) });
  last().events.messages(["a", "b"], null);
  assert.deepEqual([...counts, delivery.received], [0, 1, 2]);
});

test("a message that the page refuses is not counted and ends the page on both sides", () => {
  const message = () => {
    throw new ProtocolError(4400, "malformed");
  };
  const { delivery, last, told: all, transports, clock } = makeConnected({ message });
  last().events.messages(["a", "b"], null);
  assert.equal(delivery.received, 0);
  assert.deepEqual(last().closed, [4400, "malformed"]);
  assert.deepEqual(all, [["ended", 4400, "malformed"]]);
  clock.advance(1000);
  assert.equal(transports.length, 1);
});

test("an error that is not a ProtocolError is passed on", () => {
  const message = () => {
    throw new TypeError("ours");
  };
  const { last } = makeConnected({ message });
  assert.throws(() => last().events.messages(["a"], null), TypeError);
});

test("an acknowledgement of unsent messages ends the page", () => {
  for (const event of ["acknowledged", "confirmed"]) {
    const { last, told } = makeConnected();
    last().events[event](5);
    assert.equal(last().closed[0], 4400);
    assert.deepEqual(told.map(([name, code]) => [name, code]), [["ended", 4400]]);
  }
});

test("a welcome with an impossible count ends the page with 4404", () => {
  const { connector, last, delivery, told } = make();
  connector.start();
  told.length = 0;
  last().welcome(3);
  assert.equal(delivery.connected, false);
  assert.equal(last().closed[0], 4404);
  assert.deepEqual(told.map(([name, code]) => [name, code]), [["ended", 4404]]);
});

test("over HTTP, stop tells the server that the page was left", () => {
  for (const [kind, number] of [["websocket", 0], ["eventstream", 1], ["longpoll", 1]]) {
    const { connector, farewells } = makeConnected({ transports: [kind] });
    connector.stop(4429, "no room");
    assert.equal(farewells.length, number, kind);
  }
});

test("that request names the connection in use and has no messages", () => {
  const { connector, delivery, farewells } = makeConnected({ transports: ["longpoll"] });
  delivery.send("a");
  connector.flush();
  connector.stop(4429, "no room");
  assert.equal(farewells[0][0].connection, 1);
  assert.deepEqual(farewells[0].slice(1), [1, []]);
});

test("an end caused by the server sends no leave request", () => {
  const { connector, farewells, last } = makeConnected({ transports: ["longpoll"] });
  last().events.closed(4404, "gone");
  connector.stop(4404, "gone");
  assert.deepEqual(farewells, []);
});

test("leave sends unacknowledged messages and closes the connection", () => {
  const { clock, connector, delivery, farewells, transports, last } = makeConnected();
  for (const text of ["a", "b", "c"]) {
    delivery.send(text);
  }
  connector.flush();
  last().events.acknowledged(1);
  last().events.messages(["x"], null);
  connector.leave();
  const [hello, first, messages] = farewells[0];
  assert.deepEqual({ ...hello }, { connection: 1, received: 1, heartbeat: undefined });
  assert.deepEqual([first, messages], [2, ["b", "c"]]);
  assert.deepEqual(last().closed, [1000, "the page was left"]);
  assert.equal(clock.running, 0);
  clock.advance(1000);
  assert.equal(transports.length, 1);
});

test("a page that returns reconnects and repeats unacknowledged messages", () => {
  const { clock, connector, delivery, last, told } = makeConnected();
  delivery.send("a");
  delivery.send("b");
  connector.leave();
  connector.reconnect();
  clock.advance(0);
  assert.deepEqual(last().hello, { connection: 2, received: 0 });
  last().welcome(1);
  assert.deepEqual(last().sent, [[2, "b"]]);
  assert.deepEqual(told, [["state", "connecting"], ["state", "connected"]]);
});

test("leave without a connection uses the number of the last attempt", () => {
  const { connector, delivery, farewells } = make();
  delivery.send("a");
  connector.start();
  connector.leave();
  assert.equal(farewells[0][0].connection, 1);
  assert.deepEqual(farewells[0].slice(1), [1, ["a"]]);
});

test("leave sends no more than a keepalive request may carry", () => {
  const limits = { message: 40000, messages: 80, bytes: 200000 };
  const { connector, delivery, farewells } = makeConnected({ limits });
  // 60 KiB with their commas.
  const fitting = ["a", "b"].map((text) => text.repeat(30 * 1024 - 1));
  for (const text of [...fitting, "c"]) {
    delivery.send(text);
  }
  connector.leave();
  assert.deepEqual(farewells[0].slice(1), [1, fitting]);
});

test("after the end, leave sends nothing", () => {
  const { connector, farewells, last } = makeConnected();
  last().events.closed(4000, "bye");
  connector.leave();
  assert.deepEqual(farewells, []);
});

test("stop closes with the reason and leaves no timer or further attempt", () => {
  const { clock, connector, delivery, transports, told, last } = makeConnected();
  connector.reconnect();
  connector.stop(4429, "no room");
  assert.deepEqual(last().closed, [4429, "no room"]);
  delivery.send("a");
  connector.flush();
  assert.equal(clock.running, 0);
  last().events.messages(["late"], null);
  last().events.closed(1006, "");
  connector.wake();
  connector.reconnect();
  connector.offline();
  clock.advance(1000);
  assert.deepEqual(told, []);
  assert.equal(transports.length, 1);
});

test("when the page ends during a batch, the rest is not dispatched", () => {
  const seen = [];
  const { connector, last } = makeConnected({
    message: (text) => {
      seen.push(text);
      connector.stop(4429, "");
    },
  });
  last().events.messages(["a", "b"], null);
  assert.deepEqual(seen, ["a"]);
  assert.deepEqual(last().acknowledgements, []);
});
