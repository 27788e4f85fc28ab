// Choosing the transport to try.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Chooser } from "../../../livewidget/js/session/chooser.js";
import { ALL, FakeStorage, make } from "../support/connecting.js";

test("the best transport is tried first, then the others, then all again", () => {
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

test("a transport that worked is tried first, also on the next page of the session", () => {
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

test("a transport that worked is not tried if it is no longer offered", () => {
  const storage = new FakeStorage();
  new Chooser(ALL, storage).worked("longpoll");
  const chooser = new Chooser(["websocket"], storage);
  assert.equal(chooser.kind, "websocket");
  assert.equal(chooser.last, true);
});

test("without storage, each page starts with the best transport", () => {
  const forbidden = () => {
    throw new DOMException("forbidden", "SecurityError");
  };
  const chooser = new Chooser(ALL, { getItem: forbidden, setItem: forbidden });
  chooser.worked("longpoll");
  assert.equal(chooser.kind, "longpoll");
});

test("better transports are those before it, and known if one has worked on this page", () => {
  const chooser = new Chooser(ALL, new FakeStorage());
  chooser.worked("longpoll");
  assert.deepEqual(chooser.better("websocket"), [[], false]);
  assert.deepEqual(chooser.better("longpoll"), [["websocket", "eventstream"], false]);
  chooser.worked("eventstream");
  assert.deepEqual(chooser.better("longpoll"), [["websocket", "eventstream"], true]);
  assert.deepEqual(chooser.better("eventstream"), [["websocket"], false]);
});

test("if a transport does not open, the next is tried immediately and offline is not shown", () => {
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

test("a transport that is not connected within 2 seconds is given up", () => {
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

test("transports before the last get no more time, however often all have failed", () => {
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

test("the last transport gets more time with each round, up to 10 seconds", () => {
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

test("a connection that is lost immediately is replaced by the next transport without loss", () => {
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

test("a transport whose connection lasted is tried first again", () => {
  const { clock, connector, last } = make({ transports: ALL });
  connector.start();
  last().welcome();
  clock.advance(2);
  last().events.closed(1006, "");
  clock.advance(0.5);
  assert.equal(last().kind, "websocket");
  assert.equal(last().hello.connection, 2);
});
