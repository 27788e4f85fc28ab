import assert from "node:assert/strict";
import { test } from "node:test";

import { Banner, endText } from "../../../livewidget/js/browser/banner.js";
import { FakeClock, install, makeWindow } from "../support/help.js";

const OFFLINE = "Connection lost. Reconnecting …";

async function make(t, html) {
  const window = await makeWindow(html);
  install(t, window, "CSSStyleSheet");
  const { document } = window;
  const clock = new FakeClock();
  const state = { reloads: 0 };
  const banner = new Banner(document, clock, () => (state.reloads += 1));
  const node = () => document.querySelector(".livewidget-banner");
  // An empty banner is not styled.
  const said = () => (node()?.hidden ? "" : node()?.textContent);
  return { document, clock, banner, node, said, state };
}

test("the state is an attribute of the root element, for style sheets", async (t) => {
  const { document, banner } = await make(t);
  for (const state of ["connecting", "connected", "offline", "gone"]) {
    banner.show(state, "");
    assert.equal(document.documentElement.getAttribute("data-live-state"), state);
  }
});

test("while connected, the banner exists for screen readers and is empty", async (t) => {
  const { banner, clock, node, said } = await make(t);
  banner.show("connecting", "");
  banner.show("connected", "");
  clock.advance(100);
  assert.equal(said(), "");
  assert.equal(node().getAttribute("role"), "status");
});

test("a connection lost for a second is announced", async (t) => {
  const { banner, clock, node, said } = await make(t);
  banner.show("connected", "");
  banner.show("offline", OFFLINE);
  clock.advance(0.9);
  assert.equal(said(), "");
  clock.advance(0.1);
  assert.equal(said(), OFFLINE);
  assert.equal(node().getAttribute("role"), "status");
});

test("a connection that returns within a second is not announced", async (t) => {
  const { banner, clock, said } = await make(t);
  banner.show("offline", OFFLINE);
  clock.advance(0.9);
  banner.show("connected", "");
  clock.advance(100);
  assert.equal(said(), "");
});

test("a failed attempt does not extend the second", async (t) => {
  const { banner, clock, node } = await make(t);
  banner.show("offline", OFFLINE);
  clock.advance(0.6);
  banner.show("offline", OFFLINE);
  clock.advance(0.4);
  assert.equal(node().textContent, OFFLINE);
});

test("the banner disappears when the connection returns, and appears at the next loss", async (t) => {
  const { banner, clock, said } = await make(t);
  for (let times = 0; times < 2; times++) {
    banner.show("offline", OFFLINE);
    clock.advance(1);
    assert.equal(said(), OFFLINE);
    banner.show("connected", "");
    assert.equal(said(), "");
  }
});

test("the end is announced immediately, with a button to reload", async (t) => {
  const { banner, node, state } = await make(t);
  banner.show("gone", "This page has ended.");
  assert.equal(node().firstChild.textContent, "This page has ended.");
  const button = node().querySelector("button");
  assert.equal(button.type, "button");
  button.click();
  assert.equal(state.reloads, 1);
});

test("an end within the second is not followed by the offline text", async (t) => {
  const { banner, clock, node } = await make(t);
  banner.show("offline", OFFLINE);
  banner.show("gone", "This page has ended.");
  clock.advance(10);
  assert.equal(node().firstChild.textContent, "This page has ended.");
});

test("an end without a text shows nothing, not even a button", async (t) => {
  const { banner, document } = await make(t, "<p data-live-banner></p>");
  banner.show("gone", "");
  assert.equal(document.querySelector("button"), null);
});

test("there is only ever one banner and one style sheet", async (t) => {
  const { banner, document } = await make(t);
  banner.show("gone", "a");
  banner.show("gone", "b");
  assert.equal(document.querySelectorAll(".livewidget-banner").length, 1);
  assert.equal(document.adoptedStyleSheets.length, 1);
});

test("the banner has no inline style, which a Content Security Policy may forbid", async (t) => {
  const { banner, node, document } = await make(t);
  banner.show("gone", "a");
  assert.equal(node().hasAttribute("style"), false);
  assert.equal(document.querySelector("style"), null);
});

test("a node of the site replaces the banner", async (t) => {
  const html = '<p data-live-banner class="mine" hidden></p>';
  const { banner, clock, node, document } = await make(t, html);
  const mine = document.querySelector(".mine");
  banner.show("offline", OFFLINE);
  clock.advance(1);
  assert.equal(mine.textContent, OFFLINE);
  assert.equal(mine.getAttribute("role"), "status");
  assert.equal(mine.hidden, false);
  assert.equal(node(), null);
  assert.equal(document.adoptedStyleSheets.length, 0);
  banner.show("connected", "");
  assert.equal(mine.hidden, true);
});

test("the role of the site's node is kept", async (t) => {
  const { banner, document } = await make(t, '<p data-live-banner role="alert"></p>');
  banner.show("gone", "a");
  assert.equal(document.querySelector("p").getAttribute("role"), "alert");
});

test("a text from the server is not parsed as HTML", async (t) => {
  const { banner, document, node } = await make(t);
  banner.show("gone", "<img src=x>");
  assert.equal(document.querySelector("img"), null);
  assert.equal(node().firstChild.textContent, "<img src=x>");
});

test("the text shown at the end depends on the code", () => {
  assert.equal(endText(4000, "The game is over."), "The game is over.");
  assert.equal(endText(4403, "origin"), "The server refuses to connect this page.");
  assert.equal(endText(4404, "whatever"), "This page has ended.");
  assert.equal(endText(4409, "whatever"), "This page is open elsewhere.");
  assert.equal(endText(4400, "malformed"), "This page had to end: malformed.");
  assert.equal(endText(4500, ""), "This page had to end: something went wrong.");
});
