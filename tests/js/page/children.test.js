import assert from "node:assert/strict";
import { test } from "node:test";

import { BufferFull, ConnectionLost, Detached } from "../../../livewidget/js/wire/errors.js";
import { Widget } from "../../../livewidget/js/page/widget.js";
import { catchReported, settled } from "../support/help.js";
import { ONE, makeConnected, slow, story, styles } from "../support/paging.js";

const LIMITS = { message: 2000, messages: 20, bytes: 5000 };

/** An element as the server sends it, with children in each other. */
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

/** A page to which an element has come and was added. */
async function makeAdded(t, ...options) {
  const all = await makeConnected(t, ONE, LIMITS);
  const root = all.widget(1);
  await all.receive(["call", null, 1, "echo", [element(...options)]]);
  story.length = 0;
  const added = await root.addChildWidget(root.heard);
  return { ...all, root, added };
}

/** The same, not added yet. */
async function makeSent(t, ...options) {
  const all = await makeConnected(t, ONE, LIMITS);
  const root = all.widget(1);
  await all.receive(["call", null, 1, "echo", [element(...options)]]);
  story.length = 0;
  return { ...all, root, handle: root.heard };
}

test("a widget is made, put into the page, loaded, and the server is told, in this order", async (t) => {
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

test("a subtree is made parents first and loaded children first; one message tells of it", async (t) => {
  const { answers, added } = await makeAdded(t, [5, 6, 7]);
  assert.deepEqual(story, ["made 5", "made 6", "made 7", "loaded 7", "loaded 6", "loaded 5"]);
  assert.deepEqual(answers(), [["made", 5]]);
  assert.equal(added.childWidgets[0].childWidgets[0].tag, "7");
});

test("modules are made known and style sheets loaded when the element arrives", async (t) => {
  const modules = { New: "js/x/New.js" };
  const all = await makeConnected(t, ONE, LIMITS);
  story.length = 0;
  await all.receive(["call", null, 1, "echo", [element([5], { modules, styles: ["css/a.css"] })]]);
  assert.deepEqual(story, [["modules", modules], ["style", "css/a.css"]]);
  await all.widget(1).addChildWidget(all.widget(1).heard);
  assert.deepEqual(story.slice(2), ["made 5", "loaded 5"]);
});

test("a widget waits for style sheets that came with another, which is never added", async (t) => {
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

test("widgets come in the order in which they are added, however long their modules take", async (t) => {
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

test("a place that is none is refused, and the element is not lost", async (t) => {
  const { root, handle, answers } = await makeSent(t, [5]);
  await assert.rejects(root.addChildWidget(handle, null), { name: "TypeError", message: /takes a node/ });
  await assert.rejects(root.addChildWidget(handle, root.node, "within"), TypeError);
  await root.addChildWidget(handle);
  assert.deepEqual(answers(), [["made", 5]]);
});

test("a widget whose handlers are not there leaves no nodes", async (t) => {
  const html = '<p data-live-element="5" data-live-on="click:nowhere"></p>';
  const { root, handle, answers } = await makeSent(t, [5], { html });
  await assert.rejects(root.addChildWidget(handle), /nowhere/);
  assert.deepEqual([root.node.querySelector("[data-live-on]"), answers()], [null, [["detach", 5]]]);
});

test("two in one message: one that cannot be made is no harm to the other", async (t) => {
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

test("calls of an element wait for its widget, in order, and others go on", async (t) => {
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

test("what comes after it is made does not wait", async (t) => {
  const { receive, answers } = await makeAdded(t, [5]);
  await receive(["call", 1, 5, "echo", ["a"]]);
  assert.deepEqual(answers().at(-1), ["result", 1, "a"]);
});

for (const [what, options] of [
  ["class", { cls: "Nobody" }],
  ["loading module", { elements: [[5, 1, "Nowhere", "Widget", []]] }],
  ["node", { html: "<p></p>" }],
]) {
  test(`an element without a ${what} cannot be added: it is detached, its calls fail`, async (t) => {
    const { root, handle, receive, answers } = await makeSent(t, [5], options);
    await receive(["call", 1, 5, "echo", ["a"]]);
    await assert.rejects(root.addChildWidget(handle), Error);
    await settled();
    assert.deepEqual(answers()[0], ["detach", 5]);
    assert.equal(answers()[1][2].type, "Detached");
    assert.deepEqual([story, root.childWidgets], [[], []]);
  });
}

test("a handle is used once, by its parent, and nothing else is one", async (t) => {
  const { root, added, answers, receive } = await makeAdded(t, [5]);
  await assert.rejects(root.addChildWidget(root.heard), { message: "an element is added once" });
  await receive(["call", null, 1, "echo", [element([6])]]);
  const message = "this element is a child of element 1, and not of 5";
  await assert.rejects(added.addChildWidget(root.heard), { message });
  await assert.rejects(root.addChildWidget({}), { name: "TypeError", message: /takes an element/ });
  assert.deepEqual(answers(), [["made", 5]]);
});

test("detach() takes the nodes out, tells the server, then children before parents", async (t) => {
  const { root, added, answers, widget } = await makeAdded(t, [5, 6]);
  const inner = widget(6);
  story.length = 0;
  added.detach();
  assert.deepEqual(answers().slice(1), [["detach", 5]]);
  assert.deepEqual(story, ["detached 6", "detached 5"]);
  assert.deepEqual([added.node.isConnected, root.childWidgets], [false, []]);
  assert.deepEqual([added.node, inner.node].map(Widget.get), [null, null]);
  await assert.rejects(inner.callRemote("say"), Detached);
  // Nobody need watch it: else Node fails the test.
  inner.callRemote("say");
  await settled();
  await assert.rejects(added.addChildWidget(root.heard), Detached);
  inner.callRemoteOnly("say");
  added.detach();
  assert.equal(answers().length, 2);
});

test("an error of detached() is reported, and the others hear it", async (t) => {
  const reported = catchReported(t);
  const { added } = await makeAdded(t, [5, 6], { args: ["detached"] });
  story.length = 0;
  added.detach();
  await settled();
  assert.deepEqual(story, ["detached 6", "detached 5"]);
  assert.equal(reported.length, 2);
});

test("the server detaches an element: nothing is answered", async (t) => {
  const { receive, answers, added } = await makeAdded(t, [5, 6]);
  story.length = 0;
  await receive(["detach", 5], ["detach", 5], ["detach", 77]);
  assert.deepEqual(story, ["detached 6", "detached 5"]);
  assert.equal(added.node.isConnected, false);
  assert.deepEqual(answers(), [["made", 5]]);
});

test("a call in flight of an element that is gone fails with Detached", async (t) => {
  const { receive, added } = await makeAdded(t, [5]);
  const answer = assert.rejects(added.callRemote("say"), Detached);
  await receive(["error", 1, { type: "Detached", message: "" }]);
  await answer;
});

test("an element that is detached before it is added cannot be, and its calls fail", async (t) => {
  const { root, handle, receive, answers } = await makeSent(t, [5, 6]);
  await receive(["call", 1, 6, "echo", []], ["detach", 5]);
  await assert.rejects(root.addChildWidget(handle), Detached);
  assert.deepEqual(answers().map(([kind, id, { type } = {}]) => [kind, id, type]), [["error", 1, "Detached"]]);
});

test("what is called of it afterwards fails at once, of each part", async (t) => {
  const { receive, answers } = await makeSent(t, [5, 6]);
  await receive(["detach", 5], ["call", 1, 5, "echo", []], ["call", 2, 6, "echo", []]);
  assert.deepEqual(answers().map(([, , { type }]) => type), ["Detached", "Detached"]);
});

test("nor can it while its modules are loading", async (t) => {
  const { root, handle, receive, answers } = await makeSent(t, [5]);
  const adding = assert.rejects(root.addChildWidget(handle), Detached);
  await receive(["detach", 5]);
  await adding;
  assert.deepEqual([story, root.childWidgets], [[], []]);
  assert.deepEqual(answers(), [["detach", 5]]);
});

test("an element whose parent is detached goes with it", async (t) => {
  const { added, receive } = await makeAdded(t, [5]);
  await receive(["call", null, 5, "echo", [element([6], { parentId: 5 })]]);
  const { heard } = added;
  added.detach();
  assert.throws(() => heard.take(5), Detached);
});

test("so do those that were sent to a part of it, before that was added", async (t) => {
  const { receive, root, answers } = await makeSent(t, [5, 6]);
  await receive(["call", null, 1, "echo", [[element([7], { parentId: 6 }), element([8], { parentId: 7 })]]]);
  await receive(["call", 1, 8, "echo", []], ["detach", 5]);
  assert.deepEqual(answers().map(([kind, id, { type } = {}]) => [kind, id, type]), [["error", 1, "Detached"]]);
  assert.throws(() => root.heard[1].take(7), Detached);
});

test("what was sent to a part of it is added when that is there", async (t) => {
  const { receive, root, widget, handle } = await makeSent(t, [5, 6]);
  await receive(["call", null, 1, "echo", [element([7], { parentId: 6 })]]);
  const inner = root.heard;
  await root.addChildWidget(handle);
  await widget(6).addChildWidget(inner);
  assert.deepEqual(widget(6).childWidgets, [widget(7)]);
});

test("an error of loaded() is reported, and the widget is added", async (t) => {
  const reported = catchReported(t);
  const { added, answers } = await makeAdded(t, [5, 6], { args: ["loaded"] });
  assert.deepEqual([story.slice(2), answers()], [["loaded 6", "loaded 5"], [["made", 5]]]);
  assert.equal(added.node.isConnected, true);
  await settled();
  assert.equal(reported.length, 2);
});

test("an element that comes when its parent is gone goes, too", async (t) => {
  const { receive, answers, added, root } = await makeAdded(t, [5]);
  added.detach();
  await receive(["call", null, 1, "echo", [element([6], { parentId: 5 })]]);
  assert.throws(() => root.heard.take(5), Detached);
  await receive(["call", 1, 6, "echo", []]);
  assert.equal(answers().at(-1)[2].type, "Detached");
});

test("after the end of the page nothing is added, and who waits hears of it", async (t) => {
  const { root, handle, receive, end, answers } = await makeSent(t, [5]);
  await receive(["call", null, 1, "echo", [element([6])]], ["call", 1, 6, "echo", []]);
  const adding = root.addChildWidget(handle);
  end();
  await assert.rejects(adding, (error) => error instanceof ConnectionLost && !(error instanceof Detached));
  await assert.rejects(root.addChildWidget(root.heard), { code: 4404 });
  assert.deepEqual([story, root.childWidgets, answers()], [["detached 1"], [], []]);
});

test("a widget that is detached after the end, or by another then, hears it once", async (t) => {
  const { root, added, end, shown } = await makeAdded(t, [5]);
  story.length = 0;
  added.detached = () => root.detach();
  end();
  Array(2 * LIMITS.messages).fill(root).forEach((widget) => widget.detach());
  assert.deepEqual(story, ["detached 1"]);
  assert.equal(shown.filter(([state]) => state === "gone").length, 1);
});

test("where the server cannot be told for want of room, the page ends", async (t) => {
  const { root, handle, shown } = await makeSent(t, [5]);
  for (const _ of Array(LIMITS.messages)) {
    root.callRemoteOnly("say");
  }
  assert.throws(() => root.callRemoteOnly("say"), BufferFull);
  await root.addChildWidget(handle);
  assert.deepEqual(shown.at(-1).slice(0, 2), ["gone", 4429]);
});

test("the end of the page is told to those that came later too", async (t) => {
  const { end } = await makeAdded(t, [5, 6]);
  story.length = 0;
  end();
  assert.deepEqual(story, ["detached 6", "detached 5", "detached 1"]);
});
