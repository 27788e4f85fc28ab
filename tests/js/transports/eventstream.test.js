// Receiving by event stream.

import assert from "node:assert/strict";
import { test } from "node:test";

import { EventStreamTransport, probe } from "../../../livewidget/js/transports/eventstream.js";
import { BASE, bytes, HELLO, make, makeEnvironment, makeWelcomed, quiet, sse, WELCOME } from "../support/overhttp.js";

test("without a slot, there is no stream", async () => {
  const { requests, told } = await make(EventStreamTransport, { free: 0 });
  assert.deepEqual(told, [["closed", 1006, ""]]);
  assert.deepEqual(requests, []);
});

const FIRST = { ...WELCOME, first: 6 };
const EVENTS = [FIRST, '["a","€😀"]', '["b"]', { received: 4 }, "[[]]"].map(sse).join("");

/** The arguments of the events of this name. */
const toldOf = (told, name) => told.filter(([each]) => each === name).map(([, ...args]) => args);

test("a stream may be split into chunks anywhere", async () => {
  const content = bytes(EVENTS);
  for (let cut = 0; cut <= content.length; cut++) {
    const { last, told } = await make(EventStreamTransport);
    await last("stream").begin();
    await last("stream").chunk(content.slice(0, cut));
    await last("stream").chunk(content.slice(cut));
    assert.deepEqual(told[0], ["welcome", FIRST], `cut at ${cut}`);
    const messages = toldOf(told, "messages");
    assert.deepEqual(messages.flatMap(([texts]) => texts), ['["a","€😀"]', '["b"]', "[[]]"]);
    assert.ok(messages.every(([, first]) => first === null));
    assert.deepEqual(toldOf(told, "acknowledged"), [[4]]);
    assert.equal(told.length, 2 + messages.length);
  }
});

test("a stream may arrive byte by byte", async () => {
  const { last, told } = await make(EventStreamTransport);
  await last("stream").begin();
  for (const byte of bytes(EVENTS)) {
    await last("stream").chunk(Uint8Array.of(byte));
  }
  assert.deepEqual(told, [
    ["welcome", FIRST],
    ["messages", ['["a","€😀"]'], null],
    ["messages", ['["b"]'], null],
    ["acknowledged", 4],
    ["messages", ["[[]]"], null],
  ]);
});

test("the messages of a chunk are passed on together, and the close after them", async () => {
  const { last, told } = await makeWelcomed(EventStreamTransport);
  await last("stream").chunk(sse(["a"]) + sse(["b"]) + sse({ close: [4000, "goodbye"] }));
  assert.deepEqual(told, [["messages", ['["a"]', '["b"]'], null], ["closed", 4000, "goodbye"]]);
});

test("large events arrive in many chunks", async () => {
  const { last, told } = await makeWelcomed(EventStreamTransport);
  const large = JSON.stringify(["x".repeat(65536 - 4)]);
  const content = bytes(sse(large) + sse(["€".repeat(8192)]));
  for (let start = 0; start < content.length; start += 1400) {
    await last("stream").chunk(content.slice(start, start + 1400));
  }
  assert.deepEqual(told, [["messages", [large], null], ["messages", [JSON.stringify(["€".repeat(8192)])], null]]);
});

test("an endless event closes the connection", async () => {
  const { last, told } = await makeWelcomed(EventStreamTransport);
  await last("stream").chunk('data: ["'.padEnd(65536 + 1024, "x"));
  assert.deepEqual(told, []);
  await last("stream").chunk("x");
  assert.deepEqual(told, [["closed", 1006, ""]]);
  assert.equal(last("stream").aborted, true);
});

for (const first of [0, undefined]) {
  test(`a stream that starts with message ${first} closes the connection`, async () => {
    const { last, told } = await make(EventStreamTransport);
    await last("stream").answer(sse({ ...WELCOME, first }) + sse(["a"]));
    assert.deepEqual(told, [["closed", 1006, ""]]);
  });
}

test("a welcome without the limit of messages closes the connection", async () => {
  const { last, told } = await make(EventStreamTransport);
  await last("stream").answer(sse({ ...WELCOME, first: 6, limits: undefined }) + sse(["a"]));
  assert.deepEqual(told, [["closed", 1006, ""]]);
});

test("an answer that is not a stream closes the connection", async () => {
  const { last, told } = await make(EventStreamTransport);
  await last("stream").answer({ received: 2 });
  assert.deepEqual(told, [["closed", 1006, ""]]);
});

test("a message before the welcome closes the connection", async () => {
  const { last, told } = await make(EventStreamTransport);
  await last("stream").answer(sse(["a"]));
  assert.deepEqual(told, [["closed", 1006, ""]]);
});

for (const event of [{ received: "x" }, {}, "null", "{oh", ""]) {
  test(`the event ${JSON.stringify(event)} closes the connection`, async () => {
    const { last, told, slots } = await makeWelcomed(EventStreamTransport);
    await last("stream").chunk(sse(event));
    assert.deepEqual(told, [["closed", 1006, ""]]);
    assert.deepEqual([last("stream").aborted, slots.free], [true, 1]);
  });
}

for (const how of ["end", "cut"]) {
  test(`a stream that ends with ${how} is lost`, async () => {
    const { last, told, slots } = await makeWelcomed(EventStreamTransport);
    await last("stream").chunk("data: [");
    await last("stream")[how]();
    assert.deepEqual(told, [["closed", 1006, ""]]);
    assert.equal(slots.free, 1);
  });
}

test("a stream is acknowledged by a send without messages", async () => {
  const { transport, of, state } = await makeWelcomed(EventStreamTransport);
  state.received = 7;
  transport.acknowledge(7);
  transport.acknowledge(7);
  await quiet();
  await of("send")[0].answer({ received: 2 });
  assert.deepEqual(of("send").map(({ text }) => text), ['{"claim":"c","connection":3,"received":7}']);
});

test("an acknowledgement does not change the count of waiting messages", async () => {
  const { transport, of, state } = await makeWelcomed(EventStreamTransport);
  transport.acknowledge(6);
  await quiet();
  transport.send(3, ["[3]", "[4]"]);
  transport.acknowledge(8);
  state.received = 8;
  await of("send")[0].answer({ received: 2 });
  assert.deepEqual([of("send")[1].body.first, of("send")[1].body.messages], [3, [[3], [4]]]);
});

test("an acknowledgement is sent with waiting messages", async () => {
  const { transport, of, state } = await makeWelcomed(EventStreamTransport);
  transport.acknowledge(6);
  await quiet();
  transport.send(3, ["[3]"]);
  transport.acknowledge(8);
  transport.send(4, ["[4]"]);
  state.received = 8;
  await of("send")[0].answer({ received: 2 });
  assert.deepEqual(of("send")[1].body, { claim: "c", connection: 3, received: 8, first: 3, messages: [[3], [4]] });
  await of("send")[1].answer({ received: 4 });
  assert.equal(of("send").length, 2);
});

// Probes.

test("a probe succeeds if the first event arrives immediately", async () => {
  const { environment, last } = makeEnvironment();
  const clear = probe(BASE, HELLO, environment);
  assert.deepEqual(last("stream").body, { claim: "c", connection: 3, received: 5, probe: true });
  await last("stream").begin();
  await last("stream").chunk(sse("{}"));
  assert.equal(await clear, true);
  assert.equal(last("stream").aborted, true);
  assert.equal(environment.clock.running, 0);
});

test("a probe fails if the first event takes 2 seconds", async () => {
  const { environment, last } = makeEnvironment();
  const clear = probe(BASE, HELLO, environment);
  await last("stream").begin();
  environment.clock.advance(1.9);
  assert.equal(last("stream").aborted, false);
  environment.clock.advance(0.1);
  assert.equal(await clear, false);
});

for (const [name, answer] of [
  ["fails", (request) => request.fail()],
  ["is closed", (request) => request.answer({ close: [4404, ""] })],
  ["is HTML", (request) => request.answer("<h1>Sign in</h1>\n\n<p>")],
  ["is empty", (request) => request.answer("")],
  ["begins with another event", (request) => request.answer(sse({ received: 0 }))],
]) {
  test(`a probe fails if the stream ${name}`, async () => {
    const { environment, last } = makeEnvironment();
    const clear = probe(BASE, HELLO, environment);
    await answer(last("stream"));
    assert.equal(await clear, false);
  });
}
