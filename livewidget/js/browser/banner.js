// @ts-check
// Shows the state of the connection to the user. A site restyles `.livewidget-banner`, or
// provides a node with `data-live-banner`.

import { CLOSED, GONE, REFUSED, TAKEN_OVER } from "../wire/codes.js";

/** The attribute of a node that the site provides. */
const OWN = "data-live-banner";

/** How long the page must be offline before the banner says so, in seconds. */
const GRACE = 1;

const STYLE = `:where(.livewidget-banner:not(:empty)){
position:fixed;inset:.5em .5em auto;z-index:2147483647;width:fit-content;
margin:auto;display:flex;gap:1em;align-items:center;padding:.5em 1em;
border-radius:.5em;background:#1f2937;color:#fff;font:16px/1.4 system-ui,sans-serif;
box-shadow:0 2px 12px #0006}
:where(.livewidget-banner button){
padding:.2em .9em;border:1px solid;border-radius:.4em;background:none;
color:inherit;font:inherit;cursor:pointer}`;

/** Shows the state of a page as `data-live-state` of `<html>` and in a banner. */
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
   * Show a state.
   * @param {import("../page/page.js").PageState} state
   * @param {string} text empty: hide the banner
   */
  show(state, text) {
    this.#document.documentElement.dataset.liveState = state;
    const same = state === this.#state;
    this.#state = state;
    if (same && state === "offline") {
      // Another attempt has failed. The grace period goes on.
      return;
    }
    this.#clock.clearTimer(this.#timer);
    if (state === "offline") {
      this.#timer = this.#clock.setTimer(() => this.#render(text, false), GRACE);
    } else {
      this.#render(text, state === "gone");
    }
  }

  /**
   * @param {string} text
   * @param {boolean} withButton
   */
  #render(text, withButton) {
    // Screen readers announce changes only in a node that exists before the text.
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
    this.#node ??= this.#create();
    // An attribute, since Firefox has the property only from version 119 on.
    if (!this.#node.hasAttribute("role")) {
      this.#node.setAttribute("role", "status");
    }
    return this.#node;
  }

  #create() {
    // A constructed style sheet works where a Content Security Policy forbids inline styles.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#document.adoptedStyleSheets.push(sheet);
    // A saved copy of the page already has the node.
    const node = /** @type {HTMLElement} */ (
      this.#document.querySelector(".livewidget-banner") ?? this.#document.createElement("div")
    );
    node.className = "livewidget-banner";
    this.#document.body.append(node);
    return node;
  }
}

/**
 * Return the text to show at the end of a page.
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
