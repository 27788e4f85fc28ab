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

/** Takes the place of the page after a widget was detached. */
const NOWHERE = {
  add: lost,
  callRemote: lost,
  callRemoteOnly() {},
  detach() {},
};

/** Return an answer that fails with Detached, and that may be ignored. */
function lost() {
  const answer = Promise.reject(new Detached());
  answer.catch(() => {});
  return answer;
}

/**
 * The browser's side of an element. Subclass it and name the subclass in the element's `jsClass`.
 *
 * The methods of the subclass are what the server may call with `callRemote`, and what
 * `data-live-on` may name as event handlers. The page creates the widgets: applications do
 * not call the constructor.
 *
 * Look-ups by id or attribute find the widget's own nodes, not those of its children.
 * @example
 * import { Widget } from "livewidget";
 *
 * export class Greeter extends Widget {
 *   loaded() {
 *     [this.greeting] = this.initialArguments;
 *   }
 *
 *   async greet() {
 *     const { value } = this.nodeById("name");
 *     this.nodeById("output").textContent = await this.callRemote("greet", value);
 *   }
 * }
 */
export class Widget {
  /** @type {Pick<import("./page.js").Page, "add" | "callRemote" | "callRemoteOnly" | "detach"> | null} */
  #page = null;
  #id = 0;

  /**
   * Create a widget. It is not part of the page yet: use `loaded` for everything that
   * needs the server or other widgets.
   * @param {Element} node the root node of the element's template
   * @param {...any} args the values that the element's `getInitialArguments` returned
   */
  constructor(node, ...args) {
    /** The root node of the element's template. */
    this.node = node;
    /** The values that the element's `getInitialArguments` returned. */
    this.initialArguments = args;
    /** The widget of the parent element; null: there is none. @type {Widget | null} */
    this.widgetParent = null;
    /** The widgets of the child elements, in the order in which they were added. @type {Widget[]} */
    this.childWidgets = [];
  }

  /**
   * Return the widget that a node belongs to.
   * @param {Element} node
   * @returns {Widget | null} null: the node is outside of all widgets
   * @example
   * const widget = Widget.get(event.target);
   */
  static get(node) {
    const root = node.closest(ROOT);
    return (root && widgets.get(root)) ?? null;
  }

  /**
   * Called once the widget and its children are part of the page, after the children's `loaded`.
   * Override it. May be async. An error is reported in the console.
   * @returns {any} ignored, except that a rejected promise is reported
   */
  loaded() {}

  /**
   * Called once when the widget was detached or the page has ended, after the children's
   * `detached`. Override it. Not called when the user leaves the page.
   * @returns {any} ignored, except that a rejected promise is reported
   */
  detached() {}

  /**
   * Call an exposed method of the element.
   *
   * The promise rejects with
   * - `RemoteError`, if the method failed,
   * - `ConnectionLost`, if the page ended before the answer arrived; `Detached`, if the
   *   element was detached,
   * - `EncodeError`, `MessageTooLarge` or `BufferFull`, if the call was not sent.
   * @param {string} method
   * @param {...unknown} args
   * @returns {Promise<any>} the result
   * @throws {Error} the widget is not part of the page yet
   * @example
   * const total = await this.callRemote("add", 1, 2);
   */
  callRemote(method, ...args) {
    return this.#inPage().callRemote(this.#id, method, args);
  }

  /**
   * Call an exposed method with keyword arguments. Otherwise like `callRemote`.
   * @param {string} method
   * @param {Record<string, unknown>} kwargs the arguments, by name
   * @returns {Promise<any>} the result; rejects as that of `callRemote` does
   * @throws {Error} the widget is not part of the page yet
   * @example
   * await this.callRemoteKw("move", { x: 1, y: 2 });
   */
  callRemoteKw(method, kwargs) {
    return this.#inPage().callRemote(this.#id, method, [], kwargs);
  }

  /**
   * Call an exposed method without waiting for a result, which is cheaper. Errors of the
   * method stay on the server, in its log.
   * @param {string} method
   * @param {...unknown} args
   * @throws {EncodeError} a value cannot be sent
   * @throws {MessageTooLarge} the call is too large
   * @throws {BufferFull} too many messages are waiting for the server
   * @throws {Error} the widget is not part of the page yet
   * @example
   * this.callRemoteOnly("log", "opened");
   */
  callRemoteOnly(method, ...args) {
    this.#inPage().callRemoteOnly(this.#id, method, args);
  }

  /**
   * Create the widget of an element that the server has sent, as a child of this one. Its
   * modules and style sheets are loaded first. Then its nodes are inserted.
   *
   * The promise rejects with
   * - `Detached`, if the element was detached meanwhile,
   * - `TypeError`, if an argument is wrong,
   * - `Error`, if the handle was already used or belongs to another parent, and with any error
   *   of loading the modules or creating the widget.
   * @param {any} handle what the server returned or passed for the element
   * @param {Element} [where] the root node by default
   * @param {"beforebegin" | "afterbegin" | "beforeend" | "afterend"} [position] relative to
   *   `where`, as for `insertAdjacentElement`
   * @returns {Promise<any>} the widget, after its `loaded` was called
   * @throws {Error} this widget is not part of the page yet
   * @example
   * const row = await this.addChildWidget(await this.callRemote("addRow"), this.nodeById("rows"));
   */
  addChildWidget(handle, where = this.node, position = "beforeend") {
    return this.#inPage().add(handle, this.#id, where, INSERT[position]);
  }

  /**
   * Remove this widget, its children and their nodes from the page, and their elements on the
   * server. Does nothing for a widget that was detached.
   * @throws {Error} the widget is not part of the page yet
   */
  detach() {
    this.#inPage().detach(this.#id);
  }

  /**
   * Return the node that has the id `{{ liveId(id) }}` in the template.
   * @param {string} id
   * @returns {any} an Element
   * @throws {Error} the widget has no such node, or several
   * @example
   * this.nodeById("output").textContent = text;
   */
  nodeById(id) {
    return this.#one("#" + CSS.escape(`live-${this.#id}-${id}`), `the id ${id}`);
  }

  /**
   * Return the only node of this widget that has an attribute of this value.
   * @param {string} name
   * @param {string} value
   * @returns {any} an Element
   * @throws {Error} the widget has no such node, or several
   * @example
   * const field = this.nodeByAttribute("name", "email");
   */
  nodeByAttribute(name, value) {
    return this.#one(attribute(name, value), `${name}="${value}"`);
  }

  /**
   * Return the first node of this widget that has an attribute of this value.
   * @param {string} name
   * @param {string} value
   * @returns {any} an Element
   * @throws {Error} the widget has no such node
   */
  firstNodeByAttribute(name, value) {
    const [node] = this.nodesByAttribute(name, value);
    return node ?? this.#missing(0, `${name}="${value}"`);
  }

  /**
   * Return all nodes of this widget that have an attribute of this value.
   * @param {string} name
   * @param {string} value
   * @returns {any[]} Elements, in document order
   */
  nodesByAttribute(name, value) {
    return this.#own(attribute(name, value));
  }

  /**
   * Make the widget part of a page.
   * @param {import("./page.js").Page} page
   * @param {number} id
   * @param {Widget | null} parent
   * @internal
   */
  attach(page, id, parent) {
    this.#page = page;
    this.#id = id;
    this.widgetParent = parent;
    // First, since it may throw. Then the widget is not added anywhere.
    for (const node of this.#own("[data-live-on]")) {
      this.#listen(node);
    }
    parent?.childWidgets.push(this);
    widgets.set(this.node, this);
  }

  /**
   * Remove the widget from its page.
   * @returns {number} the id of its element
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
 * Run application code. An error is reported in the console and not passed on.
 * @param {() => unknown} run
 */
export async function guarded(run) {
  try {
    await run();
  } catch (error) {
    // The page itself shows that it has ended.
    if (!(error instanceof ConnectionLost)) {
      reportError(error);
    }
  }
}

/**
 * Return a method that the application's subclasses of Widget define. Methods of Widget and
 * Object, constructors and accessors do not count.
 * @param {Widget} widget
 * @param {string} name
 * @returns {Function | null} null: there is no such method
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
 * Return an error text for a method that `methodOf` does not find.
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
