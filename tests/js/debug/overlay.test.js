import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionLost, LiveError, RemoteError } from "../../../livewidget/js/wire/errors.js";
import { Overlay } from "../../../livewidget/js/debug/overlay.js";
import { install, makeWindow, setGlobal, settled } from "../support/help.js";

/** An overlay in a window, whose page remembers what it reports. */
async function watch(t, page = {}) {
  const window = await makeWindow("<p></p>");
  install(t, window, "CSSStyleSheet");
  const reports = [];
  const overlay = new Overlay(window.document);
  overlay.watch(window, { report: (info) => reports.push(info), ...page });
  const fire = (type, parts) => window.dispatchEvent(Object.assign(new window.Event(type), parts));
  setGlobal(t, "reportError", (error) => fire("error", { error }));
  const root = () => [...window.document.documentElement.children].map((node) => node.shadowRoot).find(Boolean);
  const shown = () => root()?.querySelector("dialog").textContent ?? null;
  return { overlay, fire, reports, shown, root };
}

test("an error that nobody caught is shown and reported, with its stack", async (t) => {
  const { fire, reports, shown } = await watch(t);
  const error = new RangeError("too far");
  fire("error", { error });
  assert.match(shown(), /In the browser.*RangeError.*too far.*overlay\.test\.js:\d+:\d+/s);
  assert.deepEqual(reports, [{ type: "RangeError", message: "too far", stack: error.stack }]);
});

test("so is a rejection, whatever it is rejected with", async (t) => {
  for (const reason of ["oh", undefined, Symbol("oh"), Object.create(null), new LiveError("oh")]) {
    const { fire, reports, shown } = await watch(t);
    fire("unhandledrejection", { reason });
    assert.notEqual(shown(), null);
    assert.equal(reports.length, 1);
    assert.ok(Object.values(reports[0]).every((part) => typeof part === "string"));
  }
});

test("an error without frames has the place of its event", async (t) => {
  const { fire, reports } = await watch(t);
  const error = Object.assign(new SyntaxError("no"), { stack: "SyntaxError: no" });
  fire("error", { error, filename: "http://localhost/a.js", lineno: 5, colno: 7 });
  assert.equal(reports[0].stack, "at http://localhost/a.js:5:7");
});

test("a failure of the server is shown and not reported: its log has it", async (t) => {
  const { fire, reports, shown } = await watch(t);
  const info = { type: "ServerError", message: "KeyError: 'x'\ny (error 1f2e)", id: "1f2e", stack: 'Traceback\n  File "a.py"\n' };
  fire("unhandledrejection", { reason: new RemoteError(info) });
  assert.match(shown(), /On the server.*KeyError'x'\ny\nThe server's log has it as error 1f2e\..*File "a\.py"/s);
  assert.deepEqual(reports, []);
});

test("an error that an application raised on the server, and that nobody caught, is reported", async (t) => {
  const { fire, reports } = await watch(t);
  fire("unhandledrejection", { reason: new RemoteError({ type: "Busy", message: "later" }) });
  assert.deepEqual(reports, [{ type: "Busy", message: "later", stack: "" }]);
});

test("the end of the page, and what is harmless, are no failures", async (t) => {
  const { fire, reports, shown } = await watch(t);
  fire("unhandledrejection", { reason: new ConnectionLost(4404, "gone") });
  fire("error", { error: null, message: "ResizeObserver loop completed with undelivered notifications." });
  assert.equal(shown(), null);
  assert.deepEqual(reports, []);
});

test("what the server knows is shown alone", async (t) => {
  const { overlay, reports, shown } = await watch(t);
  overlay.failed(new RangeError("too far"), "hear", true);
  assert.match(shown(), /too far.*in hear/s);
  assert.deepEqual(reports, []);
});

test("what it does not know goes to the console, and is reported with where it was", async (t) => {
  const { overlay, fire, reports } = await watch(t);
  overlay.failed(new RangeError("too far"), "Chat");
  fire("error", { error: new RangeError("elsewhere") });
  assert.deepEqual(reports.map(({ message, data }) => [message, data]), [["too far", "Chat"], ["elsewhere", undefined]]);
});

test("a class that is not there is said to be nearly another", async (t) => {
  const { overlay, reports } = await watch(t);
  overlay.failed(new Error("no Rom", { cause: ["Rom", ["Widget", "Room"]] }), "Chat");
  overlay.failed(new Error("no Zebra", { cause: ["Zebra", ["Widget", "Room"]] }), "Chat");
  overlay.failed(new Error("other", { cause: [1, [2]] }), "Chat");
  overlay.failed(new Error("another", { cause: ["a"] }), "Chat");
  const messages = reports.map(({ message }) => message);
  assert.deepEqual(messages, ["no Rom; did you mean Room?", "no Zebra", "other", "another"]);
});

test("an error whose text cannot be changed is shown as it is", async (t) => {
  const { overlay, reports } = await watch(t);
  overlay.failed(Object.freeze(new Error("cold")), "Chat");
  assert.deepEqual(reports.map(({ message }) => message), ["cold"]);
});

test("texts that are long or cannot be sent are made such that can", async (t) => {
  const { fire, reports } = await watch(t);
  fire("error", { error: new Error("\ud800" + "x".repeat(90_000)) });
  assert.equal(reports[0].message, "\ufffd" + "x".repeat(7999));
});

test("not all of very many are reported and kept", async (t) => {
  const { fire, reports, root } = await watch(t);
  for (let number = 0; number < 150; number++) {
    fire("error", { error: new Error(`${number}`) });
  }
  assert.equal(reports.length, 100);
  assert.equal(root().querySelector(".count").textContent, "50 of 50");
  assert.equal(root().querySelector(".message").textContent, "149");
});

test("that the server cannot be told is no further failure", async (t) => {
  const said = t.mock.method(console, "warn", () => {});
  const report = () => {
    throw new RangeError("full");
  };
  const { fire, shown } = await watch(t, { report });
  fire("error", { error: new Error("first") });
  assert.match(shown(), /first/);
  assert.equal(said.mock.callCount(), 1);
});

test("a frame has the line of its module, as the server has it", async (t) => {
  const url = "http://localhost/_live/js/chat-01/Chat.js";
  const own = "http://localhost/_live/js/livewidget-01/page.js";
  const asked = [];
  setGlobal(t, "fetch", async (wanted) => {
    asked.push(wanted);
    return wanted === url ? new Response("one\r\n  two();\n") : Response.error();
  });
  const { fire, root } = await watch(t);
  const stack = `at a (${url}:2:1)\nat b (${url}:9:1)\nat c (${own}:1:1)\nat d (${url}.not:1:1)`;
  fire("error", { error: Object.assign(new Error("no"), { stack }) });
  await settled();
  const codes = [...root().querySelectorAll(".code")].map((node) => node.textContent);
  assert.deepEqual(codes, ["    two();", "", "", ""]);
  assert.deepEqual(asked, [url, `${url}.not`]);
});

test("a link leads to a web page alone", async (t) => {
  const { fire, root } = await watch(t);
  const stack = "at a (javascript:alert(1):1:2)\nat b (http://localhost/b.js:1:2)";
  fire("error", { error: Object.assign(new Error("no"), { stack }) });
  const hrefs = [...root().querySelectorAll("a")].map((link) => link.getAttribute("href"));
  assert.deepEqual(hrefs, [null, "http://localhost/b.js"]);
});
