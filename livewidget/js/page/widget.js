// @ts-check

import { ConnectionLost, Detached } from "../wire/errors.js";

export const ROOT = "[data-live-element]";

/** @type {WeakMap<Element, Widget>} */
const widgets = new WeakMap();

/** The methods of nodes for the places that `insertAdjacentElement` names. */
const INSERT = /** @type {const} */ ({
  beforebegin: "before",
  afterbegin: "prepend",
  beforeend: "append",
  afterend: "after",
});

/** The page of a widget that was detached. */
const NOWHERE = {
  add: lost,
  callRemote: lost,
  callRemoteOnly() {},
  detach() {},
};

/** An answer that will not come, which nobody need wait for. */
function lost() {
  const answer = Promise.reject(new Detached());
  answer.catch(() => {});
  return answer;
}

/**
 * The JavaScript half of a pair. A subclass overrides `loaded`, and has the
 * methods that its element calls and that `data-live-on` names.
 */
export class Widget {
  /** @type {Pick<import("./page.js").Page, "add" | "callRemote" | "callRemoteOnly" | "detach"> | null} */
  #page = null;
  #id = 0;

  /**
   * The widget is not in its page yet: what needs the server or the children
   * goes into `loaded`.
   * @param {Element} node the root node of the element's template
   * @param {...any} args what the element's getInitialArguments() returned
   */
  constructor(node, ...args) {
    this.node = node;
    this.initialArguments = args;
    /** @type {Widget | null} */
    this.widgetParent = null;
    /** @type {Widget[]} */
    this.childWidgets = [];
  }

  /**
   * The widget that a node belongs to.
   * @param {Element} node
   * @returns {Widget | null}
   */
  static get(node) {
    const root = node.closest(ROOT);
    return (root && widgets.get(root)) ?? null;
  }

  /** The widget and its children are in the page; to be overridden. */
  loaded() {}

  /**
   * The widget is used up: it was detached, or the page has ended; once, after its children;
   * to be overridden.
   */
  detached() {}

  /**
   * Call an exposed method of the element.
   * @param {string} method
   * @param {...unknown} args
   * @returns {Promise<any>} rejects with RemoteError when the method failed, with
   *   ConnectionLost when the page ended before the answer came
   */
  callRemote(method, ...args) {
    return this.#inPage().callRemote(this.#id, method, args);
  }

  /**
   * The same with arguments by name.
   * @param {string} method
   * @param {Record<string, unknown>} kwargs
   * @returns {Promise<any>}
   */
  callRemoteKw(method, kwargs) {
    return this.#inPage().callRemote(this.#id, method, [], kwargs);
  }

  /**
   * The same with no answer wanted: cheaper.
   * @param {string} method
   * @param {...unknown} args
   */
  callRemoteOnly(method, ...args) {
    this.#inPage().callRemoteOnly(this.#id, method, args);
  }

  /**
   * Make the widget of an element that the server has sent, as a child of this one. Its modules
   * and style sheets are loaded first, then its nodes are put into the page.
   * @param {any} handle what the server returned or passed; used once
   * @param {Element} [where] by default the root node
   * @param {"beforebegin" | "afterbegin" | "beforeend" | "afterend"} [position] before the node
   *   `where`, in it as the first or the last, or after it
   * @returns {Promise<any>} the widget, when its `loaded()` was called; rejects with Detached when
   *   the element was detached meanwhile
   */
  addChildWidget(handle, where = this.node, position = "beforeend") {
    return this.#inPage().add(handle, this.#id, where, INSERT[position]);
  }

  /** Take this widget and its children out of the page, and their elements on the server. */
  detach() {
    this.#inPage().detach(this.#id);
  }

  /**
   * The node that the template gave the id {{ liveId(id) }}.
   * @param {string} id
   * @returns {any} an Element of the kind that the template has there
   */
  nodeById(id) {
    return this.#one("#" + CSS.escape(`live-${this.#id}-${id}`), `the id ${id}`);
  }

  /**
   * The one node of this widget, not of its children, with such an attribute.
   * @param {string} name
   * @param {string} value
   * @returns {any}
   */
  nodeByAttribute(name, value) {
    return this.#one(attribute(name, value), `${name}="${value}"`);
  }

  /**
   * The first such node.
   * @param {string} name
   * @param {string} value
   * @returns {any}
   */
  firstNodeByAttribute(name, value) {
    const [node] = this.nodesByAttribute(name, value);
    return node ?? this.#missing(0, `${name}="${value}"`);
  }

  /**
   * All such nodes, in the order of the document.
   * @param {string} name
   * @param {string} value
   * @returns {any[]}
   */
  nodesByAttribute(name, value) {
    return this.#own(attribute(name, value));
  }

  /**
   * The page takes the widget in.
   * @param {import("./page.js").Page} page
   * @param {number} id
   * @param {Widget | null} parent
   * @internal
   */
  attach(page, id, parent) {
    this.#page = page;
    this.#id = id;
    this.widgetParent = parent;
    // First, since it may fail: then there is no such widget.
    for (const node of this.#own("[data-live-on]")) {
      this.#listen(node);
    }
    parent?.childWidgets.push(this);
    widgets.set(this.node, this);
  }

  /**
   * The page lets the widget go.
   * @returns {number} its id
   * @internal
   */
  release() {
    const siblings = this.widgetParent?.childWidgets ?? [];
    siblings.splice(siblings.indexOf(this), 1);
    this.#page = NOWHERE;
    widgets.delete(this.node);
    return this.#id;
  }

  #inPage() {
    if (this.#page === null) {
      throw new Error(`${this.constructor.name} is not in its page yet: do this in loaded()`);
    }
    return this.#page;
  }

  /** @param {string} selector */
  #own(selector) {
    const nodes = [this.node, ...this.node.querySelectorAll(selector)];
    return nodes.filter((node) => node.matches(selector) && node.closest(ROOT) === this.node);
  }

  /**
   * @param {string} selector
   * @param {string} what
   */
  #one(selector, what) {
    const nodes = this.#own(selector);
    return nodes.length === 1 ? nodes[0] : this.#missing(nodes.length, what);
  }

  /**
   * @param {number} found
   * @param {string} what
   * @returns {never}
   */
  #missing(found, what) {
    throw new Error(`${this.constructor.name} has ${found || "no"} nodes with ${what}`);
  }

  /** @param {Element} node */
  #listen(node) {
    for (const entry of node.getAttribute("data-live-on")?.trim().split(/\s+/) ?? []) {
      const [type, name] = entry.split(":");
      const method = methodOf(this, name);
      if (method === null) {
        throw new Error(`data-live-on="${entry}": ${noMethod(this, name)}`);
      }
      node.addEventListener(type, (event) => {
        if (type === "submit") {
          event.preventDefault();
        }
        guarded(() => method.call(this, event));
      });
    }
  }
}

/**
 * Run what is the application's: its error goes to the console, and no further.
 * @param {() => unknown} run
 */
export async function guarded(run) {
  try {
    await run();
  } catch (error) {
    // The page says by itself that it has ended.
    if (!(error instanceof ConnectionLost)) {
      reportError(error);
    }
  }
}

/**
 * A method of a widget's own classes, or null: nothing that is inherited from
 * Widget or Object, no constructor, no accessor.
 * @param {Widget} widget
 * @param {string} name
 * @returns {Function | null}
 */
export function methodOf(widget, name) {
  let prototype = Object.getPrototypeOf(widget);
  while (prototype !== Widget.prototype && name !== "constructor") {
    const property = Object.getOwnPropertyDescriptor(prototype, name);
    if (property !== undefined) {
      return typeof property.value === "function" ? property.value : null;
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return null;
}

/**
 * What to say where `methodOf` has found nothing.
 * @param {Widget} widget
 * @param {string} name
 */
export function noMethod(widget, name) {
  const field = Object.getOwnPropertyDescriptor(widget, name);
  return typeof field?.value === "function"
    ? `${name} is a field, not a method: write ${name}() { … }`
    : `${widget.constructor.name} has no method ${name}`;
}

/**
 * @param {string} name
 * @param {string} value
 */
function attribute(name, value) {
  return `[${CSS.escape(name)}="${CSS.escape(value)}"]`;
}
