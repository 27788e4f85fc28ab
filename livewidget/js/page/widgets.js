// @ts-check

import { Detached } from "../wire/errors.js";
import { ElementHandle } from "./handle.js";
import { decodeValue } from "../wire/messages.js";
import { ROOT, Widget, guarded } from "./widget.js";

/** @typedef {import("./page.js").Start["elements"]} Elements */

/** The widgets of one page. */
export class Widgets {
  #page;
  #environment;
  /** @type {Map<number, Widget>} */
  #created = new Map();
  /** The handles whose widgets do not exist yet, by the ids of all their elements. @type {Map<number, ElementHandle>} */
  #waiting = new Map();
  /** The style sheets added later, also by handles that are never used. @type {Promise<void>[]} */
  #styles = [];
  /** The latest `add`. Nodes are inserted in order, however long their modules take to load. */
  #last = Promise.resolve();

  /**
   * @param {import("./page.js").Page} page
   * @param {Pick<import("./page.js").Environment, "root" | "loader" | "failed">} environment
   */
  constructor(page, environment) {
    this.#page = page;
    this.#environment = environment;
  }

  /** Whether there are no widgets. */
  get empty() {
    return this.#created.size === 0;
  }

  /**
   * Return the widget of an element, or undefined.
   * @param {number} id
   */
  get(id) {
    return this.#created.get(id);
  }

  /**
   * Return whether an element has a widget, or a handle that may create it.
   * @param {number} id
   */
  has(id) {
    return this.#created.has(id) || this.#waiting.has(id);
  }

  /**
   * Create the first widgets of the page. A widget that cannot be created is reported.
   * @param {Elements} elements
   * @returns {Promise<number[]>} the ids of the elements whose widgets could not be created
   */
  async load(elements) {
    const modules = await Promise.allSettled(this.#import(elements));
    const nodes = collect(this.#environment.root);
    const { failed } = this.#environment;
    /** @type {number[]} */
    const lost = [];
    elements.forEach((element, index) => {
      const [id, parentId, module] = element;
      try {
        const { reason, value } = /** @type {any} */ (modules[index]);
        if (reason) {
          throw reason;
        }
        // Without a widget, there are none for the children either.
        if (parentId === null || this.#created.has(parentId)) {
          this.#attach(element, this.#create(element, value, nodes));
        }
      } catch (error) {
        lost.push(id);
        failed(error, module);
      }
    });
    this.#all().forEach((widget) => guarded(() => widget.loaded()));
    return lost;
  }

  /**
   * Create the handle of an element that arrived in a message.
   * @param {import("./handle.js").Content} content
   */
  createHandle(content) {
    const handle = new ElementHandle(content);
    const { modules, styles = [], elements } = content;
    const { loader } = this.#environment;
    if (modules) {
      loader.addModules(modules);
    }
    this.#styles.push(...styles.map((url) => loader.loadStyle(url)));
    const { parentId } = handle;
    if (this.has(parentId)) {
      elements.forEach(([id]) => this.#waiting.set(id, handle));
    } else {
      // Its parent was detached before the server knew of it.
      handle.settle(new Detached());
    }
    return handle;
  }

  /**
   * Run a task once an element's widget exists, or immediately if none is to be created.
   * @param {number} id
   * @param {() => void} task
   */
  whenReady(id, task) {
    const handle = this.#waiting.get(id);
    handle === undefined ? task() : handle.wait(task);
  }

  /**
   * Create the widgets of a handle and insert its nodes into the page.
   * @param {ElementHandle} handle
   * @param {number} parentId
   * @param {any} where
   * @param {string} method the method of `where` that inserts nodes
   * @returns {Promise<Widget>}
   */
  async add(handle, parentId, where, method) {
    if (!(handle instanceof ElementHandle)) {
      throw new TypeError("addChildWidget() expects an element sent by the server");
    }
    if (!where?.[method]) {
      throw new TypeError("addChildWidget() expects a node and a position such as beforeend");
    }
    const { html, elements } = handle.use(parentId);
    const { loader } = this.#environment;
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise((resolve) => (done = resolve));
    /** @type {Widget[]} */
    let created = [];
    try {
      const modules = await Promise.all(this.#import(elements));
      await Promise.all(this.#styles);
      await before;
      handle.check();
      const fragment = loader.parse(html);
      const nodes = collect(fragment);
      created = elements.map((element, index) => this.#create(element, modules[index], nodes));
      where[method](fragment);
      elements.forEach((element, index) => this.#attach(element, created[index]));
      elements.forEach(([id]) => this.#waiting.delete(id));
      family(created[0]).forEach((widget) => guarded(() => widget.loaded()));
      this.#page.notifyCreated(handle.id);
      handle.settle();
      return created[0];
    } catch (error) {
      created[0]?.node.remove();
      this.#page.detach(handle.id);
      throw error;
    } finally {
      done();
    }
  }

  /**
   * Remove a widget and its descendants.
   * @param {number} id
   */
  remove(id) {
    const widget = this.#created.get(id);
    const gone = new Set([id]);
    if (widget !== undefined) {
      const all = family(widget);
      all.forEach((each) => gone.add(each.release()));
      gone.forEach((each) => this.#created.delete(each));
      widget.node.remove();
      all.forEach((each) => guarded(() => each.detached()));
    }
    for (const handle of new Set(this.#waiting.values())) {
      if (gone.has(handle.id) || gone.has(handle.parentId)) {
        handle.content.elements.forEach(([each]) => this.#waiting.delete(each) && gone.add(each));
        handle.settle(new Detached());
      }
    }
  }

  /**
   * Release all widgets: the page has ended.
   * @param {Error} lost
   */
  end(lost) {
    const all = this.#all();
    this.#created.clear();
    this.#waiting.forEach((handle) => handle.settle(lost));
    all.forEach((widget) => guarded(() => widget.detached()));
  }

  /** @param {Elements} elements */
  #import(elements) {
    return elements.map(async ([, , module]) => this.#environment.loader.importModule(module));
  }

  /**
   * @param {Elements[number]} element
   * @param {any} exports
   * @param {Map<string, Element>} nodes
   * @returns {Widget}
   */
  #create([id, , module, name, args], exports, nodes) {
    const cls = exports[name];
    if (!(typeof cls === "function" && (cls === Widget || cls.prototype instanceof Widget))) {
      const names = Object.keys(exports);
      throw new Error(
        name in exports
          ? `${name} of the module ${module} is not a Widget: write class ${name} extends Widget`
          : `the module ${module} exports no ${name}; it exports: ${names.join(", ") || "nothing"}`,
        { cause: [name, names] },
      );
    }
    const node = nodes.get(String(id));
    if (node === undefined) {
      throw new Error(`${module}.${name}: element ${id} has no node: show it in a template`);
    }
    return new cls(node, .../** @type {unknown[]} */ (decodeValue(args)));
  }

  /**
   * @param {Elements[number]} element
   * @param {Widget} widget
   */
  #attach([id, parentId], widget) {
    widget.attach(this.#page, id, this.#created.get(parentId ?? 0) ?? null);
    this.#created.set(id, widget);
  }

  /** Return all widgets, children before their parents. */
  #all() {
    return [...this.#created.values()].filter((widget) => widget.widgetParent === null).flatMap(family);
  }
}

/**
 * Return a widget and its descendants, children before their parents.
 * @param {Widget} widget
 * @returns {Widget[]}
 */
function family(widget) {
  return [...widget.childWidgets.flatMap(family), widget];
}

/**
 * Return the root nodes of elements, by id.
 * @param {ParentNode} root
 */
function collect(root) {
  /** @type {[string, Element][]} */
  const found = [...root.querySelectorAll(ROOT)].map((node) => [
    node.getAttribute("data-live-element") ?? "",
    node,
  ]);
  // Of several nodes with one id, the first: later ones may be copies.
  return new Map(found.reverse());
}
