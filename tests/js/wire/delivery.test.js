// What tests/wire/vectors/delivery.json lacks: error texts and defaults.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Delivery, SILENT } from "../../../livewidget/js/wire/delivery.js";

const LIMITS = { message: 4, messages: 2, bytes: 8 };

test("the error of a message that is too large has its size and the limit", () => {
  const delivery = new Delivery(LIMITS);
  assert.throws(() => delivery.send("ééé"), {
    name: "MessageTooLarge",
    message: "the message of 6 bytes exceeds the limit of 4; it was not sent",
  });
});

test("the error of a full buffer has the number of waiting messages", () => {
  const delivery = new Delivery(LIMITS);
  delivery.send("a");
  delivery.send("b");
  assert.throws(() => delivery.send("c"), { name: "BufferFull", message: /^2 messages are already waiting/ });
});

test("refusals have a reason", () => {
  const delivery = new Delivery(LIMITS);
  delivery.connect(2, 0, 0);
  assert.throws(() => delivery.connect(1, 0, 0), { reason: "a newer connection has taken over" });
  assert.throws(() => delivery.connect(3, 1, 0), { reason: /do not match/ });
  assert.throws(() => delivery.acknowledge(2, 1, 0), { reason: "acknowledged more than was sent" });
  assert.throws(() => delivery.receive(2, ["ééé"], 0), { reason: "a message is over 4 bytes" });
  assert.throws(() => delivery.receive(2, ["a"], 0, 0), { reason: "counts start at 1" });
});

test("the times default to those of the protocol", () => {
  const { heartbeat, timeout, ackDelay } = new Delivery(LIMITS);
  assert.deepEqual([heartbeat, timeout, ackDelay], [25, 20, 1]);
});

test("the times can be changed later", () => {
  const delivery = new Delivery(LIMITS);
  delivery.connect(1, 0, 0);
  delivery.heartbeat = 3;
  delivery.timeout = 2;
  assert.equal(delivery.nextDeadline(), 5);
  assert.equal(delivery.expire(5), SILENT);
});

test("ten thousand messages received together are acknowledged", () => {
  const limits = { message: 100, messages: 10_000, bytes: 1_000_000 };
  const [sender, receiver] = [1, 2].map(() => new Delivery(limits));
  sender.connect(1, 0, 0);
  receiver.connect(1, 0, 0);
  const texts = Array.from({ length: 10_000 }, (_, index) => `message ${index}`);
  texts.forEach((text) => sender.send(text));
  receiver.receive(1, sender.takeMessages(0)[1], 0);
  for (const text of texts) {
    assert.equal(receiver.nextMessage(), text);
    receiver.count(0);
  }
  sender.acknowledge(1, receiver.takeAck(0), 0);
  assert.deepEqual([sender.acknowledged, sender.bufferedBytes], [10_000, 0]);
});
