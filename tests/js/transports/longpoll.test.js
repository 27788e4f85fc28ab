// Receiving by long-poll.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LongPollTransport } from "../../../livewidget/js/transports/longpoll.js";
import { BASE, closes, HELLO, make, makeEnvironment, makeWelcomed, quiet, WELCOME } from "../support/overhttp.js";

test("the answer to the hello may have messages", async () => {
  const { last, told } = await make(LongPollTransport);
  const answer = { ...WELCOME, first: 6, messages: [["call", 1, { a: "€" }], ["b"]] };
  await last("poll").answer(answer);
  assert.deepEqual(told.filter(([name]) => name !== "confirmed"), [
    ["welcome", answer],
    ["messages", ['["call",1,{"a":"€"}]', '["b"]'], 6],
  ]);
});

test("with a slot, a poll waits and the next follows immediately", async () => {
  const { of, last, told, state, slots } = await makeWelcomed(LongPollTransport);
  assert.deepEqual(last("poll").body, { claim: "c", connection: 3, received: 5 });
  assert.equal(slots.free, 0);
  state.after.messages = () => (state.received = 7);
  await last("poll").answer({ received: 4, first: 6, messages: [["a"], ["b"]] });
  assert.deepEqual(told, [["confirmed", 4], ["messages", ['["a"]', '["b"]'], 6]]);
  assert.equal(of("poll").length, 3);
  assert.deepEqual(last("poll").body, { claim: "c", connection: 3, received: 7 });
  assert.equal(slots.free, 0);
});

test("an answer without messages is passed on as a sign of life", async () => {
  const { last, told } = await makeWelcomed(LongPollTransport);
  await last("poll").answer({ received: 4 });
  assert.deepEqual(told, [["confirmed", 4], ["messages", [], null]]);
});

test("without a slot, it polls once per second and does not wait", async () => {
  const { of, last, clock } = await makeWelcomed(LongPollTransport, { free: 0 });
  assert.deepEqual(last("poll").body, { claim: "c", connection: 3, received: 5, wait: false });
  await last("poll").answer({ received: 2 });
  clock.advance(0.9);
  await quiet();
  assert.equal(of("poll").length, 2);
  clock.advance(0.1);
  await quiet();
  assert.equal(of("poll").length, 3);
  assert.equal(last("poll").body.wait, false);
});

test("a poll waits again once a slot is free", async () => {
  const { last, clock, slots } = await makeWelcomed(LongPollTransport, { free: 0 });
  slots.free = 1;
  await last("poll").answer({ received: 2 });
  clock.advance(1);
  await quiet();
  assert.equal("wait" in last("poll").body, false);
  assert.equal(slots.free, 0);
});

test("without a slot, it polls immediately after a send was answered", async () => {
  const { transport, of, last, clock } = await makeWelcomed(LongPollTransport, { free: 0 });
  await last("poll").answer({ received: 2 });
  transport.send(3, ["[3]"]);
  await quiet();
  assert.equal(of("poll").length, 2);
  await last("send").answer({ received: 3 });
  assert.equal(of("poll").length, 3);
  // Also during a poll.
  transport.send(4, ["[4]"]);
  await quiet();
  await last("send").answer({ received: 4 });
  assert.equal(of("poll").length, 3);
  await last("poll").answer({ received: 3 });
  assert.equal(of("poll").length, 4);
  // The next poll is only after a second.
  await last("poll").answer({ received: 4 });
  assert.equal(of("poll").length, 4);
  clock.advance(1);
  await quiet();
  assert.equal(of("poll").length, 5);
});

test("a send does not abort a waiting poll", async () => {
  const { transport, of, last } = await makeWelcomed(LongPollTransport);
  transport.send(3, ["[3]"]);
  await quiet();
  await last("send").answer({ received: 3 });
  assert.equal(of("poll").length, 2);
  assert.equal(last("poll").aborted, false);
});

test("with too few connections, it continues without waiting", async () => {
  const { transport, of, last, told, clock, slots } = await makeWelcomed(LongPollTransport);
  transport.send(3, ["[3]"]);
  await quiet();
  clock.advance(3);
  await quiet();
  // The connection that is free now serves the send.
  assert.equal(of("poll").length, 2);
  await last("send").answer({ received: 3 });
  assert.deepEqual([of("poll").length, last("poll").body.wait], [3, false]);
  await last("poll").answer({ received: 3, first: 6, messages: [["a"]] });
  assert.deepEqual(told.at(-1), ["messages", ['["a"]'], 6]);
  slots.crowds = 0;
  clock.advance(1);
  await quiet();
  assert.equal("wait" in last("poll").body, false);
});

test("where tabs cannot share slots, polls ask for a quick answer", async () => {
  const { environment, last } = makeEnvironment();
  environment.slots.holdFor = 4;
  new LongPollTransport(BASE, { ...HELLO, heartbeat: 7 }, { received: () => 5 }, environment);
  await quiet();
  assert.equal(last("poll").body.heartbeat, 4);
});

test("a held poll has a lower priority than other requests", async () => {
  const { transport, last, of, clock } = await makeWelcomed(LongPollTransport);
  const urgency = (path) => last(path).options.priority;
  assert.deepEqual([of("poll")[0].options.priority, urgency("poll")], ["high", "low"]);
  transport.send(3, ["[3]"]);
  await quiet();
  assert.equal(urgency("send"), "high");
  clock.advance(3);
  await quiet();
  await last("send").answer({ received: 3 });
  assert.deepEqual([last("poll").body.wait, urgency("poll")], [false, "high"]);
});

test("the next poll acknowledges", async () => {
  const { transport, requests } = await makeWelcomed(LongPollTransport);
  const { length } = requests;
  transport.acknowledge(7);
  await quiet();
  assert.equal(requests.length, length);
});

for (const [name, fail, close] of [
  ["a network that fails", (request) => request.fail(), [1006, ""]],
  ["HTML", (request) => request.answer("<p>", 504), [1006, ""]],
  ["malformed messages", (request) => request.answer({ received: 2, first: 6, messages: 7 }), [1006, ""]],
  ["a close", (request) => request.answer({ close: [4000, "goodbye"] }), [4000, "goodbye"]],
]) {
  test(`${name} in answer to a poll closes the connection`, async () => {
    const { last, of, told, clock } = await makeWelcomed(LongPollTransport);
    await fail(last("poll"));
    await quiet();
    clock.advance(60);
    await quiet();
    assert.deepEqual(closes(told), [["closed", ...close]]);
    assert.equal(of("poll").length, 2);
  });
}

test("a waiting poll has no timeout of its own", async () => {
  const { last, told, clock } = await makeWelcomed(LongPollTransport);
  clock.advance(1000);
  await quiet();
  assert.equal(last("poll").aborted, false);
  assert.deepEqual(told, []);
});

test("a transport closed during a pause does not poll again", async () => {
  const { transport, last, requests, clock, slots } = await makeWelcomed(LongPollTransport, { free: 0 });
  await last("poll").answer({ received: 2 });
  transport.close();
  const { length } = requests;
  clock.advance(10);
  await quiet();
  assert.equal(requests.length, length);
  assert.equal(slots.asked, 1);
});
