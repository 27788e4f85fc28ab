import assert from "node:assert/strict";
import { test } from "node:test";

import { BufferFull, ConnectionLost, Detached } from "../../../livewidget/js/wire/errors.js";
import { Widget } from "../../../livewidget/js/page/widget.js";
import { catchReported, settled } from "../support/help.js";
import { ONE, makeConnected, slow, story, styles } from "../support/paging.js";

const LIMITS = { message: 2000, messages: 20, bytes: 5000 };

/** An element as the server sends it, with nested children. */
function element(ids, { parentId = 1, cls = "Teller", args = [], ...more } = {}) {
  const parents = [parentId, ...ids];
  return {
    $element: {
      html: ids.map((id) => `<p data-live-element="${id}">`).join(""),
      elements: ids.map((id, index) => [id, parents[index], "Tell", cls, args]),
      ...more,
    },
  };
}

/** A page to which an element was added. */
async function makeAdded(t, ...options) {
  const all = await makeConnected(t, ONE, LIMITS);
  const root = all.widget(1);
  await all.receive(["call", null, 1, "echo", [element(...options)]]);
  story.length = 0;
  const added = await root.addChildWidget(root.heard);
  return { ...all, root, added };
}

/** A page that has received an element but not added it. */
async function makeSent(t, ...options) {
  const all = await makeConnected(t, ONE, LIMITS);
  const root = all.widget(1);
  await all.receive(["call", null, 1, "echo", [element(...options)]]);
  story.length = 0;
  return { ...all, root, handle: root.heard };
}

test("a widget is created, inserted and loaded, then the server is notified", async (t) => {
  const { root, handle, answers, widget } = await makeSent(t, [5]);
  const added = await root.addChildWidget(handle);
  assert.deepEqual(story, ["made 5", "loaded 5"]);
  assert.deepEqual(answers(), [["made", 5]]);
  assert.equal(added, widget(5));
  assert.equal(added.node.parentNode, root.node);
  assert.deepEqual([root.childWidgets, added.widgetParent], [[added], root]);
  added.callRemoteOnly("say");
  assert.deepEqual(answers().at(-1), ["call", null, 5, "say", []]);
});

test("a subtree is created parents first, loaded children first, and reported in one message", async (t) => {
  const { answers, added } = await makeAdded(t, [5, 6, 7]);
  assert.deepEqual(story, ["made 5", "made 6", "made 7", "loaded 7", "loaded 6", "loaded 5"]);
  assert.deepEqual(answers(), [["made", 5]]);
  assert.equal(added.childWidgets[0].childWidgets[0].tag, "7");
});

test("modules are registered and style sheets loaded when the element arrives", async (t) => {
  const modules = { New: "js/x/New.js" };
  const all = await makeConnected(t, ONE, LIMITS);
  story.length = 0;
  await all.receive(["call", null, 1, "echo", [element([5], { modules, styles: ["css/a.css"] })]]);
  assert.deepEqual(story, [["modules", modules], ["style", "css/a.css"]]);
  await all.widget(1).addChildWidget(all.widget(1).heard);
  assert.deepEqual(story.slice(2), ["made 5", "loaded 5"]);
});

test("a widget waits for the style sheets of another handle that is never used", async (t) => {
  const all = await makeConnected(t, ONE, LIMITS);
  const root = all.widget(1);
  let come = () => {};
  styles.coming = new Promise((resolve) => (come = resolve));
  await all.receive(["call", null, 1, "echo", [element([5], { styles: ["css/a.css"] })]]);
  await all.receive(["detach", 5], ["call", null, 1, "echo", [element([6])]]);
  story.length = 0;
  const adding = root.addChildWidget(root.heard);
  await settled();
  styles.coming = undefined;
  assert.deepEqual(story, []);
  come();
  await adding;
  assert.deepEqual(story, ["made 6", "loaded 6"]);
});

test("widgets are inserted in the order of the calls, however long their modules take", async (t) => {
  const { receive, widget } = await makeConnected(t, ONE, LIMITS);
  const root = widget(1);
  const late = element([5], { elements: [[5, 1, "my.Other", "Teller", []]] });
  const failing = element([6], { cls: "Nobody" });
  await receive(["call", null, 1, "echo", [[late, failing, element([7])]]]);
  story.length = 0;
  let come = () => {};
  slow["my.Other"] = new Promise((resolve) => (come = resolve));
  const adding = Promise.allSettled(root.heard.map((handle) => root.addChildWidget(handle)));
  await settled();
  delete slow["my.Other"];
  assert.deepEqual(story, []);
  come();
  await adding;
  assert.deepEqual(story, ["made 5", "loaded 5", "made 7", "loaded 7"]);
});

test("an invalid place is refused, and the handle can still be used", async (t) => {
  const { root, handle, answers } = await makeSent(t, [5]);
  await assert.rejects(root.addChildWidget(handle, null), { name: "TypeError", message: /expects a node/ });
  await assert.rejects(root.addChildWidget(handle, root.node, "within"), TypeError);
  await root.addChildWidget(handle);
  assert.deepEqual(answers(), [["made", 5]]);
});

test("a widget with missing handlers leaves no nodes behind", async (t) => {
  const html = '<p data-live-element="5" data-live-on="click:nowhere"></p>';
  const { root, handle, answers } = await makeSent(t, [5], { html });
  await assert.rejects(root.addChildWidget(handle), /nowhere/);
  assert.deepEqual([root.node.querySelector("[data-live-on]"), answers()], [null, [["detach", 5]]]);
});

test("of two elements in one message, one that cannot be created does not affect the other", async (t) => {
  const { receive, widget, answers } = await makeConnected(t, ONE, LIMITS);
  const root = widget(1);
  await receive(["call", null, 1, "echo", [[element([5], { cls: "Nobody" }), element([6])]]]);
  const added = await Promise.allSettled(root.heard.map((handle) => root.addChildWidget(handle)));
  assert.deepEqual(added.map(({ status }) => status), ["rejected", "fulfilled"]);
  assert.deepEqual(answers().toSorted(), [["detach", 5], ["made", 6]]);
});

test("initial arguments are decoded", async (t) => {
  const { added } = await makeAdded(t, [5], { args: [{ $: { $a: 1 } }] });
  assert.deepEqual(added.initialArguments, [{ $a: 1 }]);
});

test("calls of an element wait for its widget in order, while others proceed", async (t) => {
  const { root, handle, receive, answers } = await makeSent(t, [5, 6]);
  await receive(
    ["call", 1, 6, "echo", ["a"]],
    ["call", 2, 5, "echo", ["b"]],
    ["call", 3, 6, "echo", ["c"]],
    ["call", 4, 1, "add", [1, 2]],
  );
  assert.deepEqual(answers(), [["result", 4, 3]]);
  await root.addChildWidget(handle);
  await settled();
  const after = [["made", 5], ["result", 1, "a"], ["result", 2, "b"], ["result", 3, "c"]];
  assert.deepEqual(answers().slice(1), after);
});

test("a call after the widget was created does not wait", async (t) => {
  const { receive, answers } = await makeAdded(t, [5]);
  await receive(["call", 1, 5, "echo", ["a"]]);
  assert.deepEqual(answers().at(-1), ["result", 1, "a"]);
});

for (const [what, options] of [
  ["class", { cls: "Nobody" }],
  ["loading module", { elements: [[5, 1, "Nowhere", "Widget", []]] }],
  ["node", { html: "<p></p>" }],
]) {
  test(`an element without a ${what} is detached and its calls fail`, async (t) => {
    const { root, handle, receive, answers } = await makeSent(t, [5], options);
    await receive(["call", 1, 5, "echo", ["a"]]);
    await assert.rejects(root.addChildWidget(handle), Error);
    await settled();
    assert.deepEqual(answers()[0], ["detach", 5]);
    assert.equal(answers()[1][2].type, "Detached");
    assert.deepEqual([story, root.childWidgets], [[], []]);
  });
}

test("a handle is used only once and only by its parent; other values are refused", async (t) => {
  const { root, added, answers, receive } = await makeAdded(t, [5]);
  await assert.rejects(root.addChildWidget(root.heard), { message: "this element was already added" });
  await receive(["call", null, 1, "echo", [element([6])]]);
  const message = "this element is a child of element 1, not of 5";
  await assert.rejects(added.addChildWidget(root.heard), { message });
  await assert.rejects(root.addChildWidget({}), { name: "TypeError", message: /expects an element/ });
  assert.deepEqual(answers(), [["made", 5]]);
});

test("detach() removes the nodes, notifies the server, then children before parents", async (t) => {
  const { root, added, answers, widget } = await makeAdded(t, [5, 6]);
  const inner = widget(6);
  story.length = 0;
  added.detach();
  assert.deepEqual(answers().slice(1), [["detach", 5]]);
  assert.deepEqual(story, ["detached 6", "detached 5"]);
  assert.deepEqual([added.node.isConnected, root.childWidgets], [false, []]);
  assert.deepEqual([added.node, inner.node].map(Widget.get), [null, null]);
  await assert.rejects(inner.callRemote("say"), Detached);
  // Without a handler: an unhandled rejection would fail the test.
  inner.callRemote("say");
  await settled();
  await assert.rejects(added.addChildWidget(root.heard), Detached);
  inner.callRemoteOnly("say");
  added.detach();
  assert.equal(answers().length, 2);
});

test("an error in detached() is reported, and the other widgets are notified", async (t) => {
  const reported = catchReported(t);
  const { added } = await makeAdded(t, [5, 6], { args: ["detached"] });
  story.length = 0;
  added.detach();
  await settled();
  assert.deepEqual(story, ["detached 6", "detached 5"]);
  assert.equal(reported.length, 2);
});

test("a detach from the server is not answered", async (t) => {
  const { receive, answers, added } = await makeAdded(t, [5, 6]);
  story.length = 0;
  await receive(["detach", 5], ["detach", 5], ["detach", 77]);
  assert.deepEqual(story, ["detached 6", "detached 5"]);
  assert.equal(added.node.isConnected, false);
  assert.deepEqual(answers(), [["made", 5]]);
});

test("a call in flight fails with Detached when its element is detached", async (t) => {
  const { receive, added } = await makeAdded(t, [5]);
  const answer = assert.rejects(added.callRemote("say"), Detached);
  await receive(["error", 1, { type: "Detached", message: "" }]);
  await answer;
});

test("an element detached before it is added cannot be added, and its calls fail", async (t) => {
  const { root, handle, receive, answers } = await makeSent(t, [5, 6]);
  await receive(["call", 1, 6, "echo", []], ["detach", 5]);
  await assert.rejects(root.addChildWidget(handle), Detached);
  assert.deepEqual(answers().map(([kind, id, { type } = {}]) => [kind, id, type]), [["error", 1, "Detached"]]);
});

test("later calls of a detached element and its children fail immediately", async (t) => {
  const { receive, answers } = await makeSent(t, [5, 6]);
  await receive(["detach", 5], ["call", 1, 5, "echo", []], ["call", 2, 6, "echo", []]);
  assert.deepEqual(answers().map(([, , { type }]) => type), ["Detached", "Detached"]);
});

test("an element detached while its modules load is not added", async (t) => {
  const { root, handle, receive, answers } = await makeSent(t, [5]);
  const adding = assert.rejects(root.addChildWidget(handle), Detached);
  await receive(["detach", 5]);
  await adding;
  assert.deepEqual([story, root.childWidgets], [[], []]);
  assert.deepEqual(answers(), [["detach", 5]]);
});

test("an unused handle is detached with its parent", async (t) => {
  const { added, receive } = await makeAdded(t, [5]);
  await receive(["call", null, 5, "echo", [element([6], { parentId: 5 })]]);
  const { heard } = added;
  added.detach();
  assert.throws(() => heard.use(5), Detached);
});

test("handles sent to a part of an unused handle are detached with it", async (t) => {
  const { receive, root, answers } = await makeSent(t, [5, 6]);
  await receive(["call", null, 1, "echo", [[element([7], { parentId: 6 }), element([8], { parentId: 7 })]]]);
  await receive(["call", 1, 8, "echo", []], ["detach", 5]);
  assert.deepEqual(answers().map(([kind, id, { type } = {}]) => [kind, id, type]), [["error", 1, "Detached"]]);
  assert.throws(() => root.heard[1].use(7), Detached);
});

test("a handle sent to a part of an unused handle is added after it", async (t) => {
  const { receive, root, widget, handle } = await makeSent(t, [5, 6]);
  await receive(["call", null, 1, "echo", [element([7], { parentId: 6 })]]);
  const inner = root.heard;
  await root.addChildWidget(handle);
  await widget(6).addChildWidget(inner);
  assert.deepEqual(widget(6).childWidgets, [widget(7)]);
});

test("an error in loaded() is reported, and the widget is added", async (t) => {
  const reported = catchReported(t);
  const { added, answers } = await makeAdded(t, [5, 6], { args: ["loaded"] });
  assert.deepEqual([story.slice(2), answers()], [["loaded 6", "loaded 5"], [["made", 5]]]);
  assert.equal(added.node.isConnected, true);
  await settled();
  assert.equal(reported.length, 2);
});

test("an element that arrives after its parent was detached is detached", async (t) => {
  const { receive, answers, added, root } = await makeAdded(t, [5]);
  added.detach();
  await receive(["call", null, 1, "echo", [element([6], { parentId: 5 })]]);
  assert.throws(() => root.heard.use(5), Detached);
  await receive(["call", 1, 6, "echo", []]);
  assert.equal(answers().at(-1)[2].type, "Detached");
});

test("after the end of the page, nothing is added and waiting calls fail", async (t) => {
  const { root, handle, receive, end, answers } = await makeSent(t, [5]);
  await receive(["call", null, 1, "echo", [element([6])]], ["call", 1, 6, "echo", []]);
  const adding = root.addChildWidget(handle);
  end();
  await assert.rejects(adding, (error) => error instanceof ConnectionLost && !(error instanceof Detached));
  await assert.rejects(root.addChildWidget(root.heard), { code: 4404 });
  assert.deepEqual([story, root.childWidgets, answers()], [["detached 1"], [], []]);
});

test("detached() is called once, even if a widget is detached during or after the end", async (t) => {
  const { root, added, end, shown } = await makeAdded(t, [5]);
  story.length = 0;
  added.detached = () => root.detach();
  end();
  Array(2 * LIMITS.messages).fill(root).forEach((widget) => widget.detach());
  assert.deepEqual(story, ["detached 1"]);
  assert.equal(shown.filter(([state]) => state === "gone").length, 1);
});

test("the page ends if there is no room to notify the server", async (t) => {
  const { root, handle, shown } = await makeSent(t, [5]);
  for (const _ of Array(LIMITS.messages)) {
    root.callRemoteOnly("say");
  }
  assert.throws(() => root.callRemoteOnly("say"), BufferFull);
  await root.addChildWidget(handle);
  assert.deepEqual(shown.at(-1).slice(0, 2), ["gone", 4429]);
});

test("widgets added later are notified of the end of the page", async (t) => {
  const { end } = await makeAdded(t, [5, 6]);
  story.length = 0;
  end();
  assert.deepEqual(story, ["detached 6", "detached 5", "detached 1"]);
});
