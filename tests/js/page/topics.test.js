// Topics: their members, and what is published to them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { catchReported, settled } from "../support/help.js";
import { makeConnected, story } from "../support/paging.js";

const LIMITS = { message: 2000, messages: 20, bytes: 5000 };
const TREE = [
  [1, null, "Tell", "Teller", []],
  [2, 1, "Tell", "Teller", []],
  [4, null, "Tell", "Teller", []],
];

/** An element as the server sends it. */
const sent = (id) => ({
  $element: { html: `<p data-live-element="${id}">`, elements: [[id, 1, "Tell", "Teller", []]] },
});

/** A page with three widgets. `told` records which were called, and with what. */
async function makeTree(t) {
  const all = await makeConnected(t, TREE, LIMITS);
  const called = [];
  const { prototype } = all.widget(1).constructor;
  prototype.hear = function (...args) {
    called.push([this.tag, ...args]);
  };
  t.after(() => delete prototype.hear);
  const told = () => called.splice(0);
  const publish = async (...args) => {
    await all.receive(["event", 7, "hear", args]);
    return told();
  };
  return { ...all, prototype, told, publish };
}

test("an event calls the method of each widget in the topic, in joining order", async (t) => {
  const { receive, publish, answers } = await makeTree(t);
  await receive(["join", 7, 4], ["join", 7, 1], ["join", 8, 2], ["join", 7, 4]);
  assert.deepEqual(await publish("a", 1), [["4", "a", 1], ["1", "a", 1]]);
  assert.deepEqual(answers(), []);
});

test("each widget gets its own copy of the arguments", async (t) => {
  const { receive, told } = await makeTree(t);
  await receive(["join", 7, 1], ["join", 7, 4], ["event", 7, "hear", [[{ $date: "2026-11-21T14:00:00.000Z" }]]]);
  const [[, first], [, second]] = told();
  assert.notEqual(first, second);
  assert.deepEqual(first, [new Date("2026-11-21T14:00:00.000Z")]);
  assert.deepEqual(first, second);
});

test("a widget that left is not called, and an event without members is ignored", async (t) => {
  const { receive, publish, shown, failures } = await makeTree(t);
  assert.deepEqual(await publish("a"), []);
  await receive(["join", 7, 1], ["join", 7, 2], ["leave", 7, 1]);
  assert.deepEqual(await publish("b"), [["2", "b"]]);
  await receive(["leave", 7, 2], ["leave", 7, 2], ["leave", 9, 1]);
  assert.deepEqual(await publish("c"), []);
  assert.deepEqual([shown.at(-1)[0], failures], ["connected", []]);
});

test("calls and events are handled in the order in which they were sent", async (t) => {
  const { receive, told } = await makeTree(t);
  await receive(
    ["event", 7, "hear", ["before"]],
    ["join", 7, 1],
    ["call", null, 1, "hear", ["a"]],
    ["event", 7, "hear", ["b"]],
    ["call", null, 1, "hear", ["c"]],
  );
  assert.deepEqual(told(), [["1", "a"], ["1", "b"], ["1", "c"]]);
});

test("a failing or missing method is reported, and the others are called", async (t) => {
  const reported = catchReported(t);
  const { receive, prototype, failures, answers } = await makeTree(t);
  prototype.hear = function () {
    story.push(`heard ${this.tag}`);
    if (this.tag === "1") {
      throw new RangeError("no");
    }
  };
  story.length = 0;
  await receive(["join", 7, 1], ["join", 7, 4], ["event", 7, "hear", []], ["event", 7, "heer", []]);
  assert.deepEqual(story, ["heard 1", "heard 4"]);
  assert.deepEqual(reported.map(String), [
    "RangeError: no",
    "NoSuchMethod: Teller has no method heer",
    "NoSuchMethod: Teller has no method heer",
  ]);
  assert.equal(failures.length, 3);
  assert.deepEqual(answers(), []);
});

for (const by of ["the server", "the browser"]) {
  test(`a widget detached by ${by} and its children are not called any more`, async (t) => {
    const { receive, publish, widget } = await makeTree(t);
    await receive(["join", 7, 2], ["join", 7, 4], ["join", 7, 1]);
    by === "the server" ? await receive(["detach", 1]) : widget(1).detach();
    assert.deepEqual(await publish("a"), [["4", "a"]]);
  });
}

test("a widget may detach another during an event", async (t) => {
  const { receive, widget, prototype, publish, failures } = await makeTree(t);
  await receive(["join", 7, 1], ["join", 7, 2], ["join", 7, 4]);
  prototype.hear = function () {
    story.push(`heard ${this.tag}`);
    this.tag === "1" && widget(2).detach();
  };
  story.length = 0;
  await publish();
  assert.deepEqual(story.filter((line) => line.startsWith("heard")), ["heard 1", "heard 4"]);
  assert.deepEqual(failures, []);
});

test("events wait for the widget of an added element, in order with its calls", async (t) => {
  const { receive, widget, told, answers } = await makeTree(t);
  const root = widget(1);
  await receive(
    ["call", null, 1, "echo", [sent(5)]],
    ["join", 7, 5],
    ["join", 7, 4],
    ["call", 1, 5, "hear", ["a"]],
    ["detach", 2],
    ["event", 7, "hear", ["b"]],
    ["leave", 7, 5],
    ["event", 7, "hear", ["c"]],
  );
  assert.deepEqual(told(), [["4", "b"], ["4", "c"]]);
  await root.addChildWidget(root.heard);
  await settled();
  assert.deepEqual(told(), [["5", "a"], ["5", "b"]]);
  assert.deepEqual(answers(), [["made", 5], ["result", 1, null]]);
});

test("events for an element detached before its widget was created are ignored", async (t) => {
  const { receive, publish, failures } = await makeTree(t);
  await receive(["call", null, 1, "echo", [sent(5)]], ["join", 7, 5]);
  assert.deepEqual(await publish("a"), []);
  await receive(["detach", 5]);
  assert.deepEqual(await publish("b"), []);
  assert.deepEqual(failures, []);
});

test("a join in transit during a detach is ignored", async (t) => {
  const { receive, publish, widget, failures } = await makeTree(t);
  widget(2).detach();
  await receive(["join", 7, 2], ["join", 7, 1]);
  assert.deepEqual(await publish("a"), [["1", "a"]]);
  assert.deepEqual(failures, []);
});

test("topics without members are removed", async (t) => {
  const { receive, widget } = await makeTree(t);
  const { set } = Map.prototype;
  t.after(() => (Map.prototype.set = set));
  let topics = new Map();
  // The page does not expose its topics.
  Map.prototype.set = function (key, value) {
    topics = value instanceof Set ? this : topics;
    return set.call(this, key, value);
  };
  await receive(["join", 7, 1], ["join", 8, 1], ["join", 8, 4], ["join", 9, 4], ["join", 10, 2]);
  assert.equal(topics.size, 4);
  await receive(["leave", 7, 1], ["detach", 4]);
  assert.deepEqual([...topics.keys()], [8, 10]);
  widget(1).detach();
  // A member that was detached before is removed at the next detach.
  await receive(["join", 11, 2]);
  assert.deepEqual([...topics.keys()], [11]);
  await receive(["detach", 99]);
  assert.equal(topics.size, 0);
});
