import assert from "node:assert/strict";
import { test } from "node:test";

import { WebSocketTransport } from "../../../livewidget/js/transports/websocket.js";
import { fakeSockets, settled } from "../support/help.js";

const HELLO = { page: "p", claim: "c", connection: 1, received: 0 };
const WELCOME = { connection: 1, received: 3, first: 1, heartbeat: 25, timeout: 20, limits: {} };

function make(base = "http://localhost/chat/_live/") {
  const { FakeSocket, made } = fakeSockets();
  const told = [];
  const events = Object.fromEntries(
    ["welcome", "messages", "acknowledged", "closed"].map((name) => [
      name,
      (...args) => told.push([name, ...args]),
    ]),
  );
  const transport = new WebSocketTransport(new URL(base), HELLO, events, { WebSocket: FakeSocket });
  const [socket] = made;
  const receive = (data) =>
    socket.onmessage?.({ data: typeof data === "object" ? JSON.stringify(data) : data });
  return { transport, socket, told, events, receive };
}

function makeWelcomed() {
  const all = make();
  all.receive(WELCOME);
  all.told.length = 0;
  return all;
}

test("it opens a socket beside the page with the subprotocol", () => {
  const { socket } = make();
  assert.equal(socket.url, "ws://localhost/chat/_live/ws");
  assert.equal(socket.protocol, "livewidget.1");
});

test("a page loaded over https opens a wss socket", () => {
  assert.equal(make("https://example.com/_live/").socket.url, "wss://example.com/_live/ws");
});

test("nothing is sent before the hello, which goes out when the socket opens", () => {
  const { socket } = make();
  assert.deepEqual(socket.sent, []);
  socket.onopen();
  assert.deepEqual(socket.sent.map((text) => JSON.parse(text)), [HELLO]);
});

test("the first control frame is the welcome, later ones are acknowledgements", () => {
  const { told, receive } = make();
  receive(WELCOME);
  receive({ received: 4 });
  assert.deepEqual(told, [["welcome", WELCOME], ["acknowledged", 4]]);
});

test("an array frame is one message without a count", () => {
  const { told, receive } = makeWelcomed();
  receive('["made",1]');
  assert.deepEqual(told, [["messages", ['["made",1]'], null]]);
});

test("each message and acknowledgement is a frame of its own", () => {
  const { transport, socket } = makeWelcomed();
  transport.send(7, ["[1]", "[2]"]);
  transport.acknowledge(5);
  assert.deepEqual(socket.sent, ["[1]", "[2]", '{"received":5}']);
});

test("nothing is sent on a socket that is no longer open", () => {
  const { transport, socket } = makeWelcomed();
  socket.readyState = 3;
  transport.send(1, ["[1]"]);
  transport.acknowledge(5);
  assert.deepEqual(socket.sent, []);
});

test("the close event has the code and reason, and no more events follow", () => {
  const { socket, told, receive } = makeWelcomed();
  socket.onclose({ code: 4404, reason: "gone" });
  receive('["made",1]');
  receive("{oh");
  socket.onclose({ code: 4404, reason: "gone" });
  assert.deepEqual(told, [["closed", 4404, "gone"]]);
  assert.equal(socket.closed, null);
});

for (const [code, meaning] of [[1002, 4400], [1007, 4400], [1009, 4413], [1001, 1001], [1006, 1006]]) {
  test(`the socket's own code ${code} means ${meaning}`, () => {
    const { socket, told } = makeWelcomed();
    socket.onclose({ code, reason: "" });
    assert.deepEqual(told, [["closed", meaning, ""]]);
  });
}

test("after close, no more events follow", () => {
  const { transport, socket, told, receive } = makeWelcomed();
  transport.close(4408, "silence");
  receive('["made",1]');
  receive("{oh");
  socket.onclose({ code: 1006, reason: "" });
  assert.deepEqual(socket.closed, [4408, "silence"]);
  assert.deepEqual(told, []);
});

class Forbidden {
  constructor() {
    throw new DOMException("forbidden", "SecurityError");
  }
}
for (const [name, WebSocket] of [["no WebSocket", undefined], ["one that throws", Forbidden]]) {
  test(`if the browser has ${name}, the connection is lost a moment later`, async () => {
    const told = [];
    const events = { closed: (code) => told.push(code) };
    const make = () => new WebSocketTransport(new URL("http://localhost/_live/"), HELLO, events, { WebSocket });
    make();
    assert.deepEqual(told, []);
    await settled();
    assert.deepEqual(told, [1006]);
    make().close(4409, "");
    await settled();
    assert.deepEqual(told, [1006]);
  });
}

const MALFORMED = [
  ["a binary frame", new ArrayBuffer(2)],
  ["malformed JSON", "{oh"],
  ["an acknowledgement without a count", "{}"],
  ["an acknowledgement of a text", '{"received":"4"}'],
  ["an acknowledgement of a fraction", '{"received":1.5}'],
  ["an acknowledgement below zero", '{"received":-1}'],
  ["an acknowledgement that a prototype has", '{"__proto__":{"received":4}}'],
];
for (const [name, data] of MALFORMED) {
  test(`${name} closes the connection with 4400`, () => {
    const { socket, told } = makeWelcomed();
    socket.onmessage({ data });
    assert.equal(socket.closed[0], 4400);
    socket.onmessage({ data });
    assert.deepEqual(told.map(([event, code]) => [event, code]), [["closed", 4400]]);
  });
}

const WRONG_WELCOMES = [{ received: null }, { first: undefined }, { heartbeat: 0 }, { heartbeat: "25" }, { timeout: undefined }];
for (const wrong of WRONG_WELCOMES) {
  test(`a welcome with ${JSON.stringify(wrong)} closes the connection with 4400`, () => {
    const { told, receive } = make();
    receive({ ...WELCOME, ...wrong });
    assert.deepEqual(told.map(([event, code]) => [event, code]), [["closed", 4400]]);
  });
}

test("a ProtocolError of the page closes the connection with its code and reason", () => {
  const { socket, told, events, receive } = makeWelcomed();
  events.messages = () => receive("{oh");
  receive('["made",1]');
  assert.equal(socket.closed[0], 4400);
  assert.deepEqual(told.map(([event]) => event), ["closed"]);
});

test("any other error of the page closes nothing", () => {
  const { socket, events, receive } = makeWelcomed();
  events.messages = () => {
    throw new RangeError("a bug");
  };
  assert.throws(() => receive('["made",1]'), RangeError);
  assert.equal(socket.closed, null);
});

test("a long reason is cut between characters to fit a close frame", () => {
  const { transport, socket } = makeWelcomed();
  transport.close(4400, "x" + "€".repeat(50));
  assert.deepEqual(socket.closed, [4400, "x" + "€".repeat(40)]);
});
