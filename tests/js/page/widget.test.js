import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionLost } from "../../../livewidget/js/wire/errors.js";
import { Widget, methodOf } from "../../../livewidget/js/page/widget.js";
import { catchReported, install, makeWindow, settled } from "../support/help.js";

const HTML = `
<div data-live-element="1" name="self">
  <b id="live-1-out" name="x"></b>
  <i name="both"></i>
  <section data-live-element="2" name="child">
    <b id="live-2-out" name="x"></b>
    <i name="both"></i><i name="both"></i><u name="deep"></u>
  </section>
  <i name="late"></i><i name="late"></i>
</div>`;

class Parent extends Widget {}
class Child extends Widget {}

/** A page that only records calls. */
class FakePage {
  calls = [];

  callRemote(...args) {
    this.calls.push(args);
    return Promise.resolve("answer");
  }

  callRemoteOnly(...args) {
    this.calls.push(["only", ...args]);
  }
}

async function make(t, html = HTML) {
  const window = await makeWindow(html);
  install(t, window, "CSS");
  const { document } = window;
  const page = new FakePage();
  const root = (id) => document.querySelector(`[data-live-element="${id}"]`);
  const attach = (cls, id, parent = null) => {
    const widget = new cls(root(id));
    widget.attach(page, id, parent);
    return widget;
  };
  return { window, document, page, root, attach };
}

async function makePair(t) {
  const all = await make(t);
  const parent = all.attach(Parent, 1);
  return { ...all, parent, child: all.attach(Child, 2, parent) };
}

test("a widget has its node, its initial arguments and its place in the tree", async (t) => {
  const { root, parent, child } = await makePair(t);
  const widget = new Widget(root(1), "a", 2);
  assert.deepEqual(widget.initialArguments, ["a", 2]);
  assert.equal(parent.node, root(1));
  assert.deepEqual([parent.widgetParent, child.widgetParent], [null, parent]);
  assert.deepEqual([parent.childWidgets, child.childWidgets], [[child], []]);
});

test("look-ups find the widget's own nodes including the root, but not those of its children", async (t) => {
  const { parent, child, root } = await makePair(t);
  assert.equal(parent.nodeByAttribute("name", "x").id, "live-1-out");
  assert.equal(child.nodeByAttribute("name", "x").id, "live-2-out");
  assert.equal(parent.nodeByAttribute("name", "self"), root(1));
  assert.equal(child.nodeByAttribute("name", "child"), root(2));
  assert.equal(parent.nodesByAttribute("name", "both").length, 1);
  assert.equal(child.nodesByAttribute("name", "both").length, 2);
  assert.deepEqual(parent.nodesByAttribute("name", "deep"), []);
});

test("a child's node does not belong to its parent", async (t) => {
  const { parent } = await makePair(t);
  assert.throws(() => parent.nodeByAttribute("name", "child"), {
    message: 'Parent has no nodes with name="child"',
  });
});

test("nodeById finds the id made by liveId() for this element", async (t) => {
  const { parent, child } = await makePair(t);
  assert.equal(parent.nodeById("out").id, "live-1-out");
  assert.equal(child.nodeById("out").id, "live-2-out");
  assert.throws(() => parent.nodeById("in"), { message: "Parent has no nodes with the id in" });
});

test("two nodes where one is expected are an error", async (t) => {
  const { parent } = await makePair(t);
  assert.throws(() => parent.nodeByAttribute("name", "late"), {
    message: 'Parent has 2 nodes with name="late"',
  });
});

test("firstNodeByAttribute returns the first node in document order", async (t) => {
  const { parent } = await makePair(t);
  const [first, second] = parent.nodesByAttribute("name", "late");
  assert.equal(parent.firstNodeByAttribute("name", "late"), first);
  assert.equal(second.previousElementSibling, first);
  assert.throws(() => parent.firstNodeByAttribute("name", "nope"), {
    message: 'Parent has no nodes with name="nope"',
  });
});

test("names and values of attributes are escaped in selectors", async (t) => {
  const html = '<p data-live-element="1"><b data-x="a:b.c"></b><b data-x="*"></b></p>';
  const { attach } = await make(t, html);
  const widget = attach(Parent, 1);
  assert.equal(widget.nodesByAttribute("data-x", "a:b.c").length, 1);
  assert.equal(widget.nodesByAttribute("data-x", "*").length, 1);
});

test("Widget.get finds the widget that a node belongs to", async (t) => {
  const { document, parent, child, root } = await makePair(t);
  assert.equal(Widget.get(root(1)), parent);
  assert.equal(Widget.get(document.getElementById("live-1-out")), parent);
  assert.equal(Widget.get(document.getElementById("live-2-out")), child);
  assert.equal(Widget.get(document.body), null);
});

test("Widget.get returns null before the widget is created", async (t) => {
  const { root } = await make(t);
  assert.equal(Widget.get(root(1)), null);
});

test("calls are passed to the page with the element's id", async (t) => {
  const { parent, page } = await makePair(t);
  assert.equal(await parent.callRemote("say", "a", 2), "answer");
  assert.equal(await parent.callRemoteKw("say", { who: "b" }), "answer");
  assert.equal(parent.callRemoteOnly("say", "c"), undefined);
  assert.deepEqual(page.calls, [
    [1, "say", ["a", 2]],
    [1, "say", [], { who: "b" }],
    ["only", 1, "say", ["c"]],
  ]);
});

test("a call in the constructor throws an error that says what to do", async (t) => {
  const { root } = await make(t);
  const widget = new Parent(root(1));
  const problem = { message: "Parent is not in its page yet: do this in loaded()" };
  assert.throws(() => widget.callRemote("say"), problem);
  assert.throws(() => widget.callRemoteKw("say", {}), problem);
  assert.throws(() => widget.callRemoteOnly("say"), problem);
});

// data-live-on.

class Form extends Widget {
  heard = [];

  doSay(event) {
    this.heard.push(["say", event.type]);
  }

  doType(event) {
    this.heard.push(["type", event.target.name]);
  }

  async doFail() {
    throw new RangeError("no");
  }

  async doLose() {
    throw new ConnectionLost(4404, "gone");
  }
}

const form = (on) =>
  `<div data-live-element="1"><form data-live-on="${on}"><input name="a"></form></div>`;

async function makeForm(t, on) {
  const all = await make(t, form(on));
  const widget = all.attach(Form, 1);
  const fire = (type, node = widget.node.firstChild) => {
    const event = new all.window.Event(type, { bubbles: true, cancelable: true });
    node.dispatchEvent(event);
    return event;
  };
  return { ...all, widget, fire };
}

test("data-live-on binds several events to methods", async (t) => {
  const { widget, fire } = await makeForm(t, "submit:doSay  \n input:doType");
  fire("submit");
  fire("input", widget.node.querySelector("input"));
  assert.deepEqual(widget.heard, [["say", "submit"], ["type", "a"]]);
});

test("only submit events have their default prevented", async (t) => {
  const { fire } = await makeForm(t, "submit:doSay click:doSay");
  assert.equal(fire("submit").defaultPrevented, true);
  assert.equal(fire("click").defaultPrevented, false);
});

test("the default of a submit is prevented even if its method fails", async (t) => {
  catchReported(t);
  const { fire } = await makeForm(t, "submit:doFail");
  assert.equal(fire("submit").defaultPrevented, true);
  await settled();
});

test("errors of handlers are reported, but ConnectionLost is not", async (t) => {
  const reported = catchReported(t);
  const { fire } = await makeForm(t, "click:doFail input:doLose");
  fire("click");
  fire("input");
  await settled();
  assert.deepEqual(reported.map(String), ["RangeError: no"]);
});

test("handlers are bound for a widget's own nodes only", async (t) => {
  const html =
    '<div data-live-element="1"><p data-live-element="2" data-live-on="click:other"></p></div>';
  const { attach, root, window } = await make(t, html);
  class Other extends Widget {
    clicks = 0;

    other() {
      this.clicks += 1;
    }
  }
  const parent = attach(Parent, 1);
  const child = attach(Other, 2, parent);
  root(2).dispatchEvent(new window.Event("click"));
  assert.equal(child.clicks, 1);
});

for (const on of ["click:nope", "click", "", "click:toString", "click:callRemote", "click:constructor"]) {
  test(`data-live-on="${on}" throws an error that names it`, async (t) => {
    const { attach } = await make(t, form(on));
    assert.throws(() => attach(Form, 1), (error) => {
      assert.ok(error.message.includes(`"${on}": Form has no method`), error.message);
      return true;
    });
  });
}

test("data-live-on with a function in a field throws an error that says what to write", async (t) => {
  class Field extends Widget {
    more = () => {};
  }
  const { attach } = await make(t, form("click:more"));
  assert.throws(() => attach(Field, 1), {
    message: 'data-live-on="click:more": more is a field, not a method: write more() { … }',
  });
});

// Which methods may be called.

class Base extends Widget {
  inherited() {}
  shadowed() {}
}

class Derived extends Base {
  own() {}
  get accessor() {
    throw new Error("asked");
  }
  get shadowed() {
    throw new Error("asked");
  }
  static aStatic() {}
}
Derived.prototype.value = 5;

test("methods of a widget's own classes are found", () => {
  const widget = new Derived(null);
  assert.equal(methodOf(widget, "own"), Derived.prototype.own);
  assert.equal(methodOf(widget, "inherited"), Base.prototype.inherited);
});

const HIDDEN = [
  "constructor", "__proto__", "prototype", "then", "toString", "valueOf", "hasOwnProperty", "__defineGetter__",
  "callRemote", "callRemoteOnly", "attach", "nodeById", "loaded", "accessor", "shadowed", "value",
  "aStatic", "instance", "node", "",
];
for (const name of HIDDEN) {
  test(`"${name}" is not a method of a widget's own classes`, () => {
    const widget = new Derived(null);
    widget.instance = () => {};
    assert.equal(methodOf(widget, name), null);
  });
}
