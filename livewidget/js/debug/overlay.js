// @ts-check
// Shows failures to developers. Loaded only with `--debug`, and not part of the bundle.
// Texts are never parsed as HTML: the page requires Trusted Types.

import { ConnectionLost, RemoteError } from "../wire/errors.js";
import { framesOf, nearest } from "./stacks.js";

/** How many failures are kept to look through, and how many are reported to the server. */
const WORTH_KEEPING = 50;
const WORTH_REPORTING = 100;

/** The longest text that is reported, in characters. */
const MAX_REPORTED = 8000;

/** Browsers report this about pages in which nothing is wrong. */
const HARMLESS = "ResizeObserver loop";

/** The URL of a module on our server. It names one version: the source cannot have changed since. */
const MODULE = /\/_live\/js\//;

/** Files in Python tracebacks that are not the application's: installed packages and livewidget. */
const FRAMEWORK = /[\\/](?:site-packages|twisted)[\\/]|[\\/]livewidget[\\/](?!examples[\\/]|tests[\\/])(?:\w+[\\/])*\w+\.py"/;

const LOOK = `
:host { all: initial; }
dialog {
  --ink: #1c1917; --paper: #fff; --faint: #6b6560; --line: #e3dfda; --well: #f6f4f1;
  --red: #b3261e; --tint: #fdf1ef; --link: #1d4ed8;
  box-sizing: border-box; width: min(62rem, 100vw - 1.5rem); max-width: none;
  max-height: calc(100dvh - 1.5rem); margin: auto; padding: 0; overflow: hidden;
  flex-direction: column; border: 1px solid var(--line); border-top: 5px solid var(--red);
  border-radius: 12px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; box-shadow: 0 24px 70px #0006;
}
dialog[open] { display: flex; }
dialog::backdrop { background: #1c191799; }
header { display: flex; gap: .4rem; align-items: center; padding: .7rem .8rem .2rem 1.3rem; }
.kind { margin-right: auto; color: var(--red); font-size: .8rem; font-weight: 650;
  letter-spacing: .04em; text-transform: uppercase; }
.count { padding-right: .2rem; white-space: nowrap; color: var(--faint); font-size: .85rem;
  font-variant-numeric: tabular-nums; }
button { min-width: 2.2rem; height: 2.2rem; padding: 0; border: 1px solid transparent;
  border-radius: 8px; background: none; color: inherit; font: inherit; line-height: 1;
  cursor: pointer; }
button:hover { background: var(--well); }
button:focus-visible, pre:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
button:disabled { opacity: .3; cursor: default; background: none; }
[hidden] { display: none; }
.said { flex: none; max-height: 40%; padding: 0 1.3rem .9rem; overflow: auto; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.3rem; font-weight: 650; line-height: 1.3; }
p { margin: .25rem 0 0; white-space: pre-wrap; }
.where { color: var(--faint); font-size: .9rem; }
.where:empty { display: none; }
pre { flex: 0 1 auto; min-height: 0; margin: 0; padding: .9rem 1.3rem; overflow: auto;
  overscroll-behavior: contain; border-top: 1px solid var(--line); background: var(--well);
  font: 13px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, monospace; white-space: pre; tab-size: 4; }
pre > span:not(:empty) { display: block; width: max-content; min-width: 100%; }
.file { color: var(--faint); }
.code { font-weight: 600; }
.last { color: var(--red); font-weight: 600; }
.framework { opacity: .75; font-weight: 400; }
a { text-decoration: none; }
a[href] { color: var(--link); }
a[href]:hover { text-decoration: underline; }
footer { padding: .5rem 1.3rem .6rem; border-top: 1px solid var(--line); color: var(--faint);
  font-size: .8rem; }
@media (max-width: 40rem) {
  dialog { width: 100vw; max-height: 92dvh; margin: auto 0 0; border-radius: 14px 14px 0 0;
    border-width: 5px 0 0; }
  header { padding: .4rem .4rem 0 1rem; }
  button { min-width: 2.75rem; height: 2.75rem; }
  .said, pre, footer { padding-inline: 1rem; }
  h1 { font-size: 1.15rem; }
  pre { font-size: 12px; }
}
@media (prefers-color-scheme: dark) {
  dialog { --ink: #f0ece8; --paper: #211f1d; --faint: #a39c95; --line: #3b3733; --well: #191716;
    --red: #ff8a7a; --link: #8ab4ff; color-scheme: dark; }
  dialog::backdrop { background: #000a; }
}`;

/**
 * @typedef {object} Shown
 * @property {string} kind the side on which it occurred
 * @property {string} type
 * @property {string} message
 * @property {string} where
 * @property {string} stack a Python traceback or a JavaScript stack
 * @property {boolean} python whether it is a Python traceback
 */

/** Shows the failures of a page, and reports them to the server unless it knows of them. */
export class Overlay {
  #document;
  /** @type {Shown[]} */
  #kept = [];
  #at = 0;
  #reported = 0;
  /** @type {unknown} */
  #where;
  /** @type {import("../page/page.js").Page | null} */
  #page = null;
  /** @type {Map<string, Promise<string>>} the sources of modules, by URL */
  #sources = new Map();
  /** @type {any} */
  #nodes = null;

  /** @param {Document} document */
  constructor(document) {
    this.#document = document;
  }

  /**
   * Handle a failure in the page.
   * @param {any} error
   * @param {unknown} [where] the place where it occurred, if known
   * @param {boolean} [reported] whether the server knows of it
   */
  failed = (error, where, reported) => {
    if (reported) {
      this.#add(shownOf(error, where));
      return;
    }
    const more = error instanceof Error && hint(error);
    if (more) {
      error.message += more;
    }
    // This logs the error and dispatches an event, which adds the position.
    this.#where = where;
    reportError(error);
    this.#where = undefined;
  };

  /**
   * Handle the uncaught errors and rejections of a window.
   * @param {Window} window
   * @param {import("../page/page.js").Page} page
   */
  watch(window, page) {
    this.#page = page;
    window.addEventListener("error", (event) => this.#uncaught(event.error ?? event.message, event));
    window.addEventListener("unhandledrejection", ({ reason }) => this.#uncaught(reason));
  }

  /**
   * @param {any} error
   * @param {{filename?: string, lineno?: number, colno?: number}} [place]
   */
  #uncaught(error, place = {}) {
    if (error instanceof ConnectionLost || String(error?.message ?? error).startsWith(HARMLESS)) {
      return;
    }
    const shown = shownOf(error, this.#where, place);
    this.#add(shown);
    if (!(error instanceof RemoteError && error.id) && ++this.#reported <= WORTH_REPORTING) {
      this.#report(shown);
    }
  }

  /** @param {Shown} shown */
  #report({ type, message, where, stack, python }) {
    /** @type {any} */
    const info = { type: whole(type), message: whole(message), stack: python ? "" : whole(stack) };
    if (where) {
      info.data = whole(where);
    }
    try {
      this.#page?.report(info);
    } catch (error) {
      // The failure itself is shown all the same.
      console.warn("could not report to the server:", error);
    }
  }

  /** @param {Shown} shown */
  #add(shown) {
    const last = this.#kept.at(-1);
    if (last === undefined || JSON.stringify(last) !== JSON.stringify(shown)) {
      this.#kept = [...this.#kept, shown].slice(-WORTH_KEEPING);
    }
    this.#at = this.#kept.length - 1;
    this.#show();
  }

  #show() {
    const shown = this.#kept[this.#at];
    this.#nodes ??= this.#build();
    const { host, dialog, kind, count, earlier, later, title, message, where, stack } = this.#nodes;
    kind.textContent = shown.kind;
    count.textContent = `${this.#at + 1} of ${this.#kept.length}`;
    count.hidden = earlier.hidden = later.hidden = this.#kept.length === 1;
    earlier.disabled = this.#at === 0;
    later.disabled = this.#at === this.#kept.length - 1;
    title.textContent = shown.type;
    message.textContent = shown.message;
    where.textContent = shown.where && `in ${shown.where}`;
    stack.replaceChildren(...(shown.python ? this.#traceback(shown.stack) : this.#frames(shown.stack)));
    stack.hidden = stack.textContent === "";
    stack.setAttribute("aria-label", shown.python ? "Python traceback" : "JavaScript stack");
    if (!dialog.open) {
      // Appended each time, since a widget may have replaced the page's content.
      this.#document.documentElement.append(host);
      dialog.showModal();
    }
    // The most recent call of a Python traceback is its end.
    stack.scrollTop = shown.python ? stack.scrollHeight : 0;
  }

  /** @param {number} step */
  #turn(step) {
    this.#at += step;
    this.#show();
  }

  #build() {
    const host = this.#document.createElement("div");
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(LOOK);
    shadow.adoptedStyleSheets = [sheet];
    const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
      Object.assign(this.#node("button", "", text), { type: "button", ariaLabel: label, title: label, onclick });
    const kind = this.#node("span", "kind");
    const count = this.#node("span", "count");
    const earlier = button("‹", "Earlier", () => this.#turn(-1));
    const later = button("›", "Later", () => this.#turn(1));
    const close = button("✕", "Close", () => dialog.close());
    const title = this.#node("h1");
    const message = this.#node("p", "message");
    const where = this.#node("p", "where");
    const stack = this.#node("pre");
    const dialog = /** @type {HTMLDialogElement} */ (this.#node("dialog", "",
      this.#node("header", "", kind, count, earlier, later, close),
      this.#node("div", "said", title, message, where),
      stack,
      this.#node("footer", "", "Shown only with --debug. Press Escape to close."),
    ));
    title.id = "title";
    message.id = "message";
    for (const [name, value] of [["role", "alertdialog"], ["aria-labelledby", "title"], ["aria-describedby", "message"]]) {
      dialog.setAttribute(name, value);
    }
    close.autofocus = true;
    stack.tabIndex = 0;
    stack.setAttribute("role", "region");
    dialog.addEventListener("close", () => {
      this.#kept = [];
      host.remove();
    });
    shadow.append(dialog);
    return { host, dialog, kind, count, earlier, later, title, message, where, stack };
  }

  /** @param {string} stack */
  #frames(stack) {
    const frames = framesOf(stack);
    if (frames.length === 0) {
      // A single line only repeats the message.
      return stack.includes("\n") ? [this.#node("span", "code", stack)] : [];
    }
    return frames.flatMap(({ name, url, line, column, own }) => {
      const link = this.#node("a", "", `${url.replace(/^.*\//, "")}:${line}:${column}`);
      if (/^https?:/.test(url)) {
        Object.assign(link, { href: url, target: "_blank", rel: "noopener", title: url });
      }
      const frame = this.#node("span", own ? "file framework" : "file", `${name}  `, link);
      const code = this.#node("span", "code");
      if (!own && MODULE.test(url)) {
        this.#source(url, line).then((text) => code.append(text && `    ${text}`));
      }
      return [frame, code];
    });
  }

  /**
   * Return a line of a module, or an empty string.
   * @param {string} url
   * @param {number} line
   */
  async #source(url, line) {
    if (!this.#sources.has(url)) {
      const text = fetch(url).then((answer) => (answer.ok ? answer.text() : ""));
      this.#sources.set(url, text.catch(() => ""));
    }
    const text = await this.#sources.get(url);
    return (text ?? "").split(/\r\n|[\n\r\u2028\u2029]/)[line - 1]?.trim() ?? "";
  }

  /** @param {string} traceback */
  #traceback(traceback) {
    let framework = false;
    const lines = traceback.trimEnd().split("\n");
    return lines.map((line) => {
      const file = /^ +File "/.test(line);
      framework = file ? FRAMEWORK.test(line) : framework && line.startsWith(" ");
      const kind = file || line.endsWith("(most recent call last):") ? "file" : line.startsWith(" ") ? "code" : "last";
      return this.#node("span", framework ? `${kind} framework` : kind, line || " ");
    });
  }

  /**
   * @param {string} tag
   * @param {string} [className]
   * @param {...(Node | string)} children
   * @returns {any}
   */
  #node(tag, className = "", ...children) {
    const node = this.#document.createElement(tag);
    node.className = className;
    node.append(...children);
    return node;
  }
}

/**
 * Return what to show of an error.
 * @param {any} error
 * @param {unknown} where
 * @param {{filename?: string, lineno?: number, colno?: number}} [place]
 * @returns {Shown}
 */
function shownOf(error, where, { filename, lineno, colno } = {}) {
  const text = { where: typeof where === "string" ? where : "" };
  if (error instanceof RemoteError) {
    return { ...text, kind: "On the server", ...remote(error), stack: error.remoteStack ?? "", python: true };
  }
  let type = "Error";
  let message = "unknown error";
  let stack = "";
  try {
    if (error instanceof Error) {
      type = String(error.name);
      stack = String(error.stack ?? "");
    }
    message = String(error instanceof Error ? error.message : error);
  } catch {
    // Any value can be thrown, even one without a text.
  }
  // The stack of a syntax error in a module has no frames.
  if (filename && filename !== import.meta.url && framesOf(stack).length === 0) {
    stack = `at ${filename}:${lineno}:${colno}`;
  }
  return { ...text, kind: "In the browser", type, message, stack, python: false };
}

/**
 * Return an addition to the text of an error that prevented a widget.
 * @param {Error} error
 */
function hint({ message, cause }) {
  const [name, names] = Array.isArray(cause) ? cause : [];
  if (typeof name === "string" && Array.isArray(names)) {
    const near = nearest(name, names.map(String));
    return near === null ? "" : `; did you mean ${near}?`;
  }
  // The browser names the module that was imported, not its import that is missing.
  const absent = performance.getEntriesByType("resource").filter((entry) => {
    const { name: url, responseStatus } = /** @type {PerformanceResourceTiming} */ (entry);
    return responseStatus >= 400 && url.includes("/_live/js/");
  });
  return /import.* module/i.test(message) && absent.length > 0
    ? `; missing: ${[...new Set(absent.map(({ name: url }) => url))].join(", ")}`
    : "";
}

/** @param {RemoteError} error */
function remote({ type, message, id }) {
  const [, name, text] = message.match(/^([\w.]+): (.*) \(error \w+\)$/s) ?? [];
  return name && id
    ? { type: name, message: `${text}\nThe server's log has it as error ${id}.` }
    : { type, message };
}

/** @param {string} text */
function whole(text) {
  return text.slice(0, MAX_REPORTED).replace(/\p{Surrogate}/gu, "\ufffd");
}
