import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionLost, LiveError } from "../../../livewidget/js/wire/errors.js";
import { catchReported, catchUnhandled, settled } from "../support/help.js";
import { ONE, make, makeConnected, story } from "../support/paging.js";

// Starting.

const TREE = [
  [1, null, "Tell", "Teller", ["a", { b: 1 }]],
  [2, 1, "my.Other", "Teller", []],
  [3, 2, "livewidget", "Widget", []],
  [4, 1, "Tell", "Teller", []],
];

/** The tree, with a parent and a child that fail at this place. */
const failing = (where) =>
  TREE.map(([id, ...rest]) => (id < 3 ? [id, ...rest.slice(0, -1), [where]] : [id, ...rest]));

test("modules are imported and widgets created, parents first", async (t) => {
  const { page, imported, widget } = await make(t, TREE);
  await page.start();
  assert.deepEqual(imported, ["Tell", "my.Other", "livewidget", "Tell"]);
  assert.deepEqual(story.slice(0, 3), ["made 1", "made 2", "made 4"]);
  assert.deepEqual(widget(1).childWidgets, [widget(2), widget(4)]);
  assert.equal(widget(3).widgetParent, widget(2));
  assert.deepEqual(widget(1).initialArguments, ["a", { b: 1 }]);
});

test("children are loaded before their parents, after all were created", async (t) => {
  const { page } = await make(t, TREE);
  await page.start();
  assert.deepEqual(story.slice(3), ["loaded 2", "loaded 4", "loaded 1"]);
});

test("the page connects after its widgets are loaded, with its id and claim", async (t) => {
  const { page, transports, shown } = await make(t);
  const started = page.start();
  assert.deepEqual(transports, []);
  await started;
  const hello = { page: "page-id", claim: "claim", connection: 1, received: 0 };
  assert.deepEqual(transports[0].hello, hello);
  assert.deepEqual(shown, [["connecting", 0, ""]]);
  transports[0].welcome();
  assert.deepEqual(shown.at(-1), ["connected", 0, ""]);
});

test("an error in loaded() is reported and does not stop the others or the page", async (t) => {
  const reported = catchReported(t);
  const { page, shown } = await make(t, failing("loaded"));
  await page.start();
  await settled();
  assert.deepEqual(reported.map(String), ["RangeError: loaded", "RangeError: loaded"]);
  assert.deepEqual(story.slice(3), ["loaded 2", "loaded 4", "loaded 1"]);
  assert.deepEqual(shown, [["connecting", 0, ""]]);
});

test("an error in an async loaded() is reported", async (t) => {
  const reported = catchReported(t);
  const { page } = await make(t, [[1, null, "Tell", "Later", ["loaded"]]]);
  await page.start();
  await settled();
  assert.deepEqual(reported.map(String), ["RangeError: loaded"]);
});

test("children of a widget that cannot be created are not created", async (t) => {
  const reported = catchReported(t);
  const elements = [...ONE, [2, 1, "Nowhere", "Widget", []], [3, 2, "Tell", "Teller", []]];
  const { answers } = await makeConnected(t, elements);
  assert.deepEqual(reported.map((error) => error.message), ["no module Nowhere"]);
  assert.deepEqual(story, ["made 1", "loaded 1"]);
  assert.deepEqual(answers(), [["detach", 2]]);
});

// Elements whose widgets cannot be created, and the errors.
const UNMAKEABLE = [
  [[2, 1, "Nowhere", "Widget", []], "no module Nowhere"],
  [[5, 1, "Tell", "Teller", []], "Tell.Teller: element 5 has no node: show it in a template"],
  [[2, 1, "Tell", "Nobody", []], "the module Tell exports no Nobody; it exports: Teller, Later, Plain"],
  [[2, 1, "Tell", "Plain", []], "Plain of the module Tell is not a Widget: write class Plain extends Widget"],
];

for (const [element, message] of UNMAKEABLE) {
  test(`"${message}" is reported, and only that element is detached`, async (t) => {
    const reported = catchReported(t);
    const { failures, answers, shown } = await makeConnected(t, [...ONE, element]);
    assert.deepEqual(reported.map((error) => error.message), [message]);
    assert.deepEqual(failures.map(([, ...rest]) => rest), [[element[2], false]]);
    assert.deepEqual(story, ["made 1", "loaded 1"]);
    assert.deepEqual(answers(), [["detach", element[0]]]);
    assert.deepEqual(shown[0], ["connecting", 0, ""]);
  });

  test(`"${message}" stops the start if there is no other widget`, async (t) => {
    const reported = catchReported(t);
    const [id, , ...rest] = element;
    const { page, transports } = await make(t, [[id, null, ...rest]]);
    assert.equal(await page.start(), false);
    assert.equal(reported.length, 1);
    assert.deepEqual(transports, []);
  });
}

test("a widget with a missing handler is not created or added to its parent", async (t) => {
  const reported = catchReported(t);
  const { page, node, widget } = await make(t, TREE);
  node(4).dataset.liveOn = "click:none";
  await page.start();
  assert.deepEqual(reported.map((error) => error.message), ['data-live-on="click:none": Teller has no method none']);
  assert.deepEqual(widget(1).childWidgets, [widget(2)]);
  assert.deepEqual(story.slice(3), ["loaded 2", "loaded 1"]);
});

test("when debugging, a page without widgets connects to report the failure", async (t) => {
  const reported = catchReported(t);
  const { page, transports } = await make(t, [UNMAKEABLE[0][0]], undefined, true);
  assert.equal(await page.start(), true);
  page.report({ type: "A", message: "b" });
  transports[0].welcome();
  assert.deepEqual(transports[0].sent, [
    [1, '["detach",2]'],
    [2, '["error",null,{"type":"A","message":"b"}]'],
  ]);
  assert.equal(reported.length, 1);
});

test("initial arguments are decoded like the arguments of a call", async (t) => {
  const { page, widget } = await make(t, [[1, null, "Tell", "Teller", [{ $: { $a: 1 } }]]]);
  await page.start();
  assert.deepEqual(widget(1).initialArguments, [{ $a: 1 }]);
});

test("calls made in loaded() wait for the connection", async (t) => {
  const { page, transports, widget } = await make(t);
  await page.start();
  widget(1).callRemoteOnly("say", "a");
  assert.deepEqual(transports[0].sent, []);
  transports[0].welcome();
  assert.deepEqual(transports[0].sent, [[1, '["call",null,1,"say",["a"]]']]);
});

// Calls to the server.

test("a call is answered with a result", async (t) => {
  const { widget, receive, answers } = await makeConnected(t);
  const answer = widget(1).callRemote("say", "a");
  assert.deepEqual(answers(), [["call", 1, 1, "say", ["a"]]]);
  await receive(["result", 1, { b: 2 }]);
  assert.deepEqual(await answer, { b: 2 });
});

test("a call is answered with an error", async (t) => {
  const { widget, receive } = await makeConnected(t);
  const answer = widget(1).callRemote("say", "a");
  const failed = assert.rejects(answer, { name: "RemoteError", type: "Busy", data: 5 });
  await receive(["error", 1, { type: "Busy", message: "later", data: 5 }]);
  await failed;
});

test("keyword arguments are sent by name", async (t) => {
  const { widget, answers } = await makeConnected(t);
  widget(1).callRemoteKw("say", { who: "b" });
  assert.deepEqual(answers(), [["call", 1, 1, "say", [], { who: "b" }]]);
});

test("a call that cannot be encoded, is too large or finds no room fails and is not sent", async (t) => {
  const { widget, answers } = await makeConnected(t);
  await assert.rejects(widget(1).callRemote("say", NaN), { name: "EncodeError", path: "args[0]" });
  await assert.rejects(widget(1).callRemote(""), { name: "EncodeError", path: "method" });
  await assert.rejects(widget(1).callRemote("say", "x".repeat(200)), { name: "MessageTooLarge" });
  assert.deepEqual(answers(), []);
  for (let times = 0; times < 8; times++) {
    widget(1).callRemote("say");
  }
  await assert.rejects(widget(1).callRemote("say"), { name: "BufferFull" });
});

test("the error of a call that cannot be sent names the method", async (t) => {
  const { widget } = await makeConnected(t);
  const message = 'args[0].a: NaN cannot be sent, in callRemote("say")';
  await assert.rejects(widget(1).callRemote("say", { a: NaN }), { message });
});

test("a call of a missing method is reported in the browser", async (t) => {
  const { receive, failures } = await makeConnected(t);
  await receive(["call", 1, 1, "heer", []]);
  assert.deepEqual(failures.map(([error, ...rest]) => [error.name, ...rest]), [["NoSuchMethod", "heer", true]]);
});

test("callRemoteOnly throws if the call cannot be sent", async (t) => {
  const { widget, answers } = await makeConnected(t);
  assert.throws(() => widget(1).callRemoteOnly("say", NaN), { name: "EncodeError" });
  assert.deepEqual(answers(), []);
});

// Calls from the server.

test("a method is called and its value returned", async (t) => {
  const { receive, answers } = await makeConnected(t);
  await receive(["call", 1, 1, "add", [2, 3]], ["call", 2, 1, "nothing", []], ["call", 3, 1, "slow", ["x"]]);
  assert.deepEqual(answers(), [["result", 1, 5], ["result", 2, null], ["result", 3, "x"]]);
});

test("methods start in message order and then interleave", async (t) => {
  const { receive } = await makeConnected(t);
  story.length = 0;
  const received = receive(["call", 1, 1, "slow", ["a"]], ["call", null, 1, "slow", ["b"]]);
  assert.deepEqual(story, ["a starts", "b starts"]);
  await received;
  assert.deepEqual(story, ["a starts", "b starts", "a ends", "b ends"]);
});

test("a call without a call id is not answered", async (t) => {
  const { receive, answers } = await makeConnected(t);
  await receive(["call", null, 1, "add", [2, 3]]);
  assert.deepEqual(answers(), []);
});

const NO_METHODS = [
  "nope", "constructor", "__proto__", "prototype", "then", "toString", "__defineSetter__",
  "callRemote", "attach", "accessor",
];
for (const name of NO_METHODS) {
  test(`a call of "${name}" is answered with NoSuchMethod`, async (t) => {
    const { receive, answers } = await makeConnected(t);
    await receive(["call", 1, 1, name, []]);
    const info = { type: "NoSuchMethod", message: `Teller has no method ${name}`, data: null };
    assert.deepEqual(answers(), [["error", 1, info]]);
  });
}

test("a call of an unknown element is answered with Detached", async (t) => {
  const { receive, answers } = await makeConnected(t);
  await receive(["call", 1, 99, "add", []], ["call", null, 99, "add", []]);
  const [[kind, callId, { type, message }]] = answers();
  assert.deepEqual([kind, callId, type], ["error", 1, "Detached"]);
  assert.equal(message, "the element was detached");
});

test("a call of a function in a field is answered with what to write instead", async (t) => {
  const { receive, answers } = await makeConnected(t);
  await receive(["call", 1, 1, "field", []]);
  const message = "field is a field, not a method: write field() { … }";
  assert.deepEqual(answers(), [["error", 1, { type: "NoSuchMethod", message, data: null }]]);
});

test("keyword arguments are refused", async (t) => {
  const { receive, answers } = await makeConnected(t);
  await receive(["call", 1, 1, "add", [], { a: 1 }], ["call", 2, 1, "add", [1, 2], {}]);
  assert.equal(answers()[0][2].type, "BadArguments");
  assert.deepEqual(answers()[1], ["result", 2, 3]);
});

test("an error is sent with name, text and stack, and other calls go on", async (t) => {
  const { receive, answers, failures } = await makeConnected(t, ONE, { message: 4000, messages: 80, bytes: 9000 });
  await receive(["call", 1, 1, "raises", ["no"]], ["call", 2, 1, "add", [1, 2]]);
  const byId = Object.fromEntries(answers().map((answer) => [answer[1], answer]));
  const { type, message, stack } = byId[1][2];
  assert.deepEqual([type, message], ["RangeError", "no"]);
  assert.match(stack, /paging\.js/);
  assert.deepEqual(failures.map(([error, ...rest]) => [String(error), ...rest]), [["RangeError: no", "raises", true]]);
  assert.deepEqual(byId[2], ["result", 2, 3]);
});

test("a LiveError is sent with its data and not reported as a failure", async (t) => {
  class Busy extends LiveError {}
  const { receive, answers, widget, failures } = await makeConnected(t);
  widget(1).error = new Busy("later", { after: 5 });
  await receive(["call", 1, 1, "raises", []]);
  const info = { type: "Busy", message: "later", data: { after: 5 } };
  assert.deepEqual(answers(), [["error", 1, info]]);
  assert.deepEqual(failures, []);
});

test("a result that cannot be encoded or is too large is answered with an error", async (t) => {
  const { receive, answers, widget } = await makeConnected(t);
  widget(1).value = new Map();
  await receive(["call", 1, 1, "gives", []]);
  widget(1).value = "x".repeat(300);
  await receive(["call", 2, 1, "gives", []]);
  assert.deepEqual(answers().map(([kind, id, { type }]) => [kind, id, type]), [
    ["error", 1, "EncodeError"],
    ["error", 2, "MessageTooLarge"],
  ]);
});

const ODD_ERRORS = [
  ["a stack that is too large", Object.assign(new Error("no"), { stack: "x".repeat(300) }), ["Error", "no", ""]],
  ["half of a surrogate pair", Object.assign(new Error("a\ud800"), { stack: "" }), ["Error", "a\ufffd", ""]],
  ["data that cannot be sent", new LiveError("no", NaN), ["LiveError", "no"]],
  ["no text at all", Object.create(null), ["Error", "unknown error", ""]],
];
for (const [name, error, [type, message, ...stack]] of ODD_ERRORS) {
  test(`an error with ${name} is still sent`, async (t) => {
    const { receive, answers, widget, shown } = await makeConnected(t);
    widget(1).error = error;
    await receive(["call", 1, 1, "raises", []]);
    const info = stack.length > 0 ? { type, message, stack: "" } : { type, message };
    assert.deepEqual(answers(), [["error", 1, info]]);
    assert.deepEqual(shown.at(-1), ["connected", 0, ""]);
  });
}

test("a long error text is cut between characters", async (t) => {
  const limits = { message: 1200, messages: 8, bytes: 5000 };
  const { receive, answers, widget } = await makeConnected(t, ONE, limits);
  widget(1).error = new Error("x".repeat(999) + "😀".repeat(200));
  await receive(["call", 1, 1, "raises", []]);
  assert.equal(answers()[0][2].message, `${"x".repeat(999)}\ufffd`);
});

test("the page ends if there is no room for an answer", async (t) => {
  const { receive, widget, shown, transport } = await makeConnected(t);
  const unhandled = catchUnhandled(t);
  for (let times = 0; times < 8; times++) {
    widget(1).callRemoteOnly("say");
  }
  await receive(["call", 1, 1, "add", [1, 2]]);
  assert.deepEqual(shown.at(-1).slice(0, 2), ["gone", 4429]);
  assert.equal(transport.closed[0], 4429);
  assert.deepEqual(unhandled, []);
});

test("an error in a call without an answer is reported in the browser", async (t) => {
  const reported = catchReported(t);
  const { receive, answers } = await makeConnected(t);
  await receive(["call", null, 1, "raises", ["no"]]);
  assert.deepEqual(reported.map(String), ["RangeError: no"]);
  assert.deepEqual(answers(), []);
});

test("an error message without a call id is reported and fails no call", async (t) => {
  const { receive, widget, failures } = await makeConnected(t);
  const answer = widget(1).callRemote("say");
  await receive(["error", null, { type: "KeyError", message: "x", data: "C.hear", stack: "at x" }]);
  const [[error, where, told]] = failures;
  assert.deepEqual([error.type, error.message, error.remoteStack, where, told], ["KeyError", "x", "at x", "C.hear", true]);
  await receive(["result", 1, 5]);
  assert.equal(await answer, 5);
});

test("after the end, nothing is reported to the server", async (t) => {
  const { page, answers, end } = await makeConnected(t);
  end();
  page.report({ type: "A", message: "b" });
  assert.deepEqual(answers(), []);
});

for (const text of ["oh", '["made",1]', '["result",0,1]']) {
  test(`the message ${text} is refused with 4400`, async (t) => {
    const { transport, shown } = await makeConnected(t);
    transport.events.messages([text], null);
    assert.equal(transport.closed[0], 4400);
    assert.deepEqual(shown.at(-1).slice(0, 2), ["gone", 4400]);
  });
}

// The end.

test("the end is shown, and calls in flight and later ones fail", async (t) => {
  const unhandled = catchUnhandled(t);
  const { widget, shown, end } = await makeConnected(t);
  const watched = assert.rejects(widget(1).callRemote("say"), ConnectionLost);
  widget(1).callRemote("nobody watches");
  end(4404, "gone");
  await watched;
  assert.deepEqual(shown.at(-1), ["gone", 4404, "gone"]);
  await assert.rejects(widget(1).callRemote("say"), { code: 4404 });
  widget(1).callRemote("nobody watches");
  widget(1).callRemoteOnly("say");
  await settled();
  assert.deepEqual(unhandled, []);
});

test("a refused page has ended", async (t) => {
  const { widget, shown, end } = await makeConnected(t);
  end(4403, "this origin may not connect");
  assert.deepEqual(shown.at(-1), ["gone", 4403, "this origin may not connect"]);
  await assert.rejects(widget(1).callRemote("say"), ConnectionLost);
});

test("at the end, each widget is detached once, children before parents", async (t) => {
  const reported = catchReported(t);
  const { end } = await makeConnected(t, failing("detached"));
  story.length = 0;
  end();
  end();
  await settled();
  assert.deepEqual(story, ["detached 2", "detached 4", "detached 1"]);
  assert.deepEqual(reported.map(String), ["RangeError: detached", "RangeError: detached"]);
});

test("a lost connection detaches no widgets", async (t) => {
  const { end } = await makeConnected(t, TREE);
  story.length = 0;
  end(1006, "");
  await settled();
  assert.deepEqual(story, []);
});

test("a page taken over by another copy has ended, and its calls fail", async (t) => {
  const { widget, shown, end } = await makeConnected(t);
  const lost = assert.rejects(widget(1).callRemote("say"), ConnectionLost);
  end(4409, "a newer connection has taken over");
  await lost;
  assert.deepEqual(shown.at(-1).slice(0, 2), ["gone", 4409]);
});

test("an answer after the end is ignored", async (t) => {
  const { receive, widget, answers, end } = await makeConnected(t);
  await receive(["call", 1, 1, "waits", []]);
  end();
  widget(1).resolve("late");
  await settled();
  assert.deepEqual(answers(), []);
});

test("after the end, errors are reported but ConnectionLost is not", async (t) => {
  const reported = catchReported(t);
  const { receive, widget, end } = await makeConnected(t);
  await receive(["call", 1, 1, "waits", []]);
  widget(1).resolve(widget(1).callRemote("say"));
  await receive(["call", 2, 1, "waits", []]);
  end();
  widget(1).resolve(Promise.reject(new RangeError("no")));
  await settled();
  assert.deepEqual(reported.map(String), ["RangeError: no"]);
});

test("calls stay in flight across a lost connection", async (t) => {
  const { clock, widget, transports, transport, end } = await makeConnected(t);
  const answer = widget(1).callRemote("say");
  end(1006, "");
  clock.advance(1);
  transports[1].welcome(0);
  assert.deepEqual(transports[1].sent, transport.sent);
  transports[1].events.messages(['["result",1,"a"]'], null);
  assert.equal(await answer, "a");
});

test("window events are passed on to the connector", async (t) => {
  const { page, clock, shown, transports, farewells } = await makeConnected(t);
  page.offline();
  assert.deepEqual(shown.at(-1), ["offline", 0, ""]);
  clock.advance(1);
  page.reconnect();
  clock.advance(0);
  assert.equal(transports.length, 2);
  transports[1].events.closed(1006, "");
  page.wake();
  clock.advance(0);
  assert.equal(transports.length, 3);
  page.leave();
  assert.equal(farewells[0][0].connection, 3);
  assert.equal(farewells[0][0].page, "page-id");
});
