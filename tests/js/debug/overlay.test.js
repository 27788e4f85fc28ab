import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionLost, LiveError, RemoteError } from "../../../livewidget/js/wire/errors.js";
import { Overlay } from "../../../livewidget/js/debug/overlay.js";
import { install, makeWindow, setGlobal, settled } from "../support/help.js";

/** An overlay in a window, whose page records what it reports. */
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

test("an uncaught error is shown and reported, with its stack", async (t) => {
  const { fire, reports, shown } = await watch(t);
  const error = new RangeError("too far");
  fire("error", { error });
  assert.match(shown(), /In the browser.*RangeError.*too far.*overlay\.test\.js:\d+:\d+/s);
  assert.deepEqual(reports, [{ type: "RangeError", message: "too far", stack: error.stack }]);
});

test("an unhandled rejection is shown and reported, whatever its reason is", async (t) => {
  for (const reason of ["oh", undefined, Symbol("oh"), Object.create(null), new LiveError("oh")]) {
    const { fire, reports, shown } = await watch(t);
    fire("unhandledrejection", { reason });
    assert.notEqual(shown(), null);
    assert.equal(reports.length, 1);
    assert.ok(Object.values(reports[0]).every((part) => typeof part === "string"));
  }
});

test("an error without frames gets the position of its event", async (t) => {
  const { fire, reports } = await watch(t);
  const error = Object.assign(new SyntaxError("no"), { stack: "SyntaxError: no" });
  fire("error", { error, filename: "http://localhost/a.js", lineno: 5, colno: 7 });
  assert.equal(reports[0].stack, "at http://localhost/a.js:5:7");
});

test("a server failure is shown but not reported, since the server has logged it", async (t) => {
  const { fire, reports, shown } = await watch(t);
  const info = { type: "ServerError", message: "KeyError: 'x'\ny (error 1f2e)", id: "1f2e", stack: 'Traceback\n  File "a.py"\n' };
  fire("unhandledrejection", { reason: new RemoteError(info) });
  assert.match(shown(), /On the server.*KeyError'x'\ny\nThe server's log has it as error 1f2e\..*File "a\.py"/s);
  assert.deepEqual(reports, []);
});

test("frames of packages and of livewidget are dimmed, and those of the application are not", async (t) => {
  const { fire, root } = await watch(t);
  const files = {
    "/srv/livewidget/page/responder.py": true,
    "/srv/livewidget/errors.py": true,
    "/venv/site-packages/attr/_make.py": true,
    "/srv/chat/chat.py": false,
    "/src/livewidget/examples/chat/chat.py": false,
  };
  const stack = Object.keys(files).map((file) => `  File "${file}", line 1, in f\n`).join("");
  fire("unhandledrejection", { reason: new RemoteError({ type: "ServerError", message: "no", stack }) });
  const lines = [...root().querySelectorAll("pre > span")];
  assert.deepEqual(lines.map((line) => line.className.includes("framework")), Object.values(files));
});

test("an uncaught error that the application raised on the server is reported", async (t) => {
  const { fire, reports } = await watch(t);
  fire("unhandledrejection", { reason: new RemoteError({ type: "Busy", message: "later" }) });
  assert.deepEqual(reports, [{ type: "Busy", message: "later", stack: "" }]);
});

test("the end of the page and harmless errors are ignored", async (t) => {
  const { fire, reports, shown } = await watch(t);
  fire("unhandledrejection", { reason: new ConnectionLost(4404, "gone") });
  fire("error", { error: null, message: "ResizeObserver loop completed with undelivered notifications." });
  assert.equal(shown(), null);
  assert.deepEqual(reports, []);
});

test("a failure that the server knows of is shown but not reported", async (t) => {
  const { overlay, reports, shown } = await watch(t);
  overlay.failed(new RangeError("too far"), "hear", true);
  assert.match(shown(), /too far.*in hear/s);
  assert.deepEqual(reports, []);
});

test("a failure unknown to the server goes to the console and is reported with its place", async (t) => {
  const { overlay, fire, reports } = await watch(t);
  overlay.failed(new RangeError("too far"), "Chat");
  fire("error", { error: new RangeError("elsewhere") });
  assert.deepEqual(reports.map(({ message, data }) => [message, data]), [["too far", "Chat"], ["elsewhere", undefined]]);
});

test("the error for a missing class suggests a similar one", async (t) => {
  const { overlay, reports } = await watch(t);
  overlay.failed(new Error("no Rom", { cause: ["Rom", ["Widget", "Room"]] }), "Chat");
  overlay.failed(new Error("no Zebra", { cause: ["Zebra", ["Widget", "Room"]] }), "Chat");
  overlay.failed(new Error("other", { cause: [1, [2]] }), "Chat");
  overlay.failed(new Error("another", { cause: ["a"] }), "Chat");
  const messages = reports.map(({ message }) => message);
  assert.deepEqual(messages, ["no Rom; did you mean Room?", "no Zebra", "other", "another"]);
});

test("an error with a read-only text is shown unchanged", async (t) => {
  const { overlay, reports } = await watch(t);
  overlay.failed(Object.freeze(new Error("cold")), "Chat");
  assert.deepEqual(reports.map(({ message }) => message), ["cold"]);
});

test("long or unsendable texts are shortened and replaced before they are reported", async (t) => {
  const { fire, reports } = await watch(t);
  fire("error", { error: new Error("\ud800" + "x".repeat(90_000)) });
  assert.equal(reports[0].message, "\ufffd" + "x".repeat(7999));
});

test("the numbers of reported and kept failures are limited", async (t) => {
  const { fire, reports, root } = await watch(t);
  for (let number = 0; number < 150; number++) {
    fire("error", { error: new Error(`${number}`) });
  }
  assert.equal(reports.length, 100);
  assert.equal(root().querySelector(".count").textContent, "50 of 50");
  assert.equal(root().querySelector(".message").textContent, "149");
});

test("a report that cannot be sent causes no further failure", async (t) => {
  const said = t.mock.method(console, "warn", () => {});
  const report = () => {
    throw new RangeError("full");
  };
  const { fire, shown } = await watch(t, { report });
  fire("error", { error: new Error("first") });
  assert.match(shown(), /first/);
  assert.equal(said.mock.callCount(), 1);
});

test("a frame shows its line of the module, as the server sends it", async (t) => {
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

test("only http URLs become links", async (t) => {
  const { fire, root } = await watch(t);
  const stack = "at a (javascript:alert(1):1:2)\nat b (http://localhost/b.js:1:2)";
  fire("error", { error: Object.assign(new Error("no"), { stack }) });
  const hrefs = [...root().querySelectorAll("a")].map((link) => link.getAttribute("href"));
  assert.deepEqual(hrefs, [null, "http://localhost/b.js"]);
});
