// @ts-check
// What a person sees of the connection. A site restyles it by
// `.livewidget-banner`, or puts a node with `data-live-banner` where it wants it.

import { CLOSED, GONE, REFUSED, TAKEN_OVER } from "../wire/codes.js";

/** The attribute of a node of the site's own. */
const OWN = "data-live-banner";

/** Seconds of being offline before it is worth a word. */
const GRACE = 1;

const STYLE = `:where(.livewidget-banner:not(:empty)){
position:fixed;inset:.5em .5em auto;z-index:2147483647;width:fit-content;
margin:auto;display:flex;gap:1em;align-items:center;padding:.5em 1em;
border-radius:.5em;background:#1f2937;color:#fff;font:16px/1.4 system-ui,sans-serif;
box-shadow:0 2px 12px #0006}
:where(.livewidget-banner button){
padding:.2em .9em;border:1px solid;border-radius:.4em;background:none;
color:inherit;font:inherit;cursor:pointer}`;

/** The states of a page, as `data-live-state` of `<html>`, an event and a banner. */
export class Banner {
  #document;
  #clock;
  #reload;
  /** @type {any} */
  #timer = null;
  #state = "";
  /** @type {HTMLElement | null} */
  #node = null;

  /**
   * @param {Document} document
   * @param {import("../session/timer.js").Clock} clock
   * @param {() => void} reload
   */
  constructor(document, clock, reload) {
    this.#document = document;
    this.#clock = clock;
    this.#reload = reload;
  }

  /**
   * @param {"connecting" | "connected" | "offline" | "gone"} state
   * @param {string} text what to say, or nothing
   */
  show(state, text) {
    this.#document.documentElement.dataset.liveState = state;
    const same = state === this.#state;
    this.#state = state;
    if (same && state === "offline") {
      // One more try has failed: its second of grace runs on.
      return;
    }
    this.#clock.clearTimer(this.#timer);
    if (state === "offline") {
      this.#timer = this.#clock.setTimer(() => this.#say(text, false), GRACE);
    } else {
      this.#say(text, state === "gone");
    }
  }

  /**
   * @param {string} text
   * @param {boolean} withButton
   */
  #say(text, withButton) {
    // The node is there before it says anything, or it would not be read out.
    const node = this.#place();
    node.hidden = text === "" && node.hasAttribute(OWN);
    node.replaceChildren(...(text ? [text] : []));
    if (withButton && text !== "") {
      const button = this.#document.createElement("button");
      button.type = "button";
      button.textContent = "Reload";
      button.onclick = this.#reload;
      node.append(button);
    }
  }

  #place() {
    const own = /** @type {HTMLElement | null} */ (this.#document.querySelector(`[${OWN}]`));
    if (own !== null && own !== this.#node) {
      this.#node?.replaceChildren();
      this.#node = own;
    }
    this.#node ??= this.#make();
    // As an attribute: Firefox has the property since version 119.
    if (!this.#node.hasAttribute("role")) {
      this.#node.setAttribute("role", "status");
    }
    return this.#node;
  }

  #make() {
    // A sheet made by a script needs no inline style, which a policy forbids.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#document.adoptedStyleSheets.push(sheet);
    // A copy of the page that was saved has one already.
    const node = /** @type {HTMLElement} */ (
      this.#document.querySelector(".livewidget-banner") ?? this.#document.createElement("div")
    );
    node.className = "livewidget-banner";
    this.#document.body.append(node);
    return node;
  }
}

/**
 * What to say about the end of a page.
 * @param {number} code
 * @param {string} reason
 */
export function endText(code, reason) {
  switch (code) {
    case CLOSED:
      return reason;
    case REFUSED:
      return "The server refuses to connect this page.";
    case GONE:
      return "This page has ended.";
    case TAKEN_OVER:
      return "This page is open elsewhere.";
    default:
      return `This page had to end: ${reason || "something went wrong"}.`;
  }
}
