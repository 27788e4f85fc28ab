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
  #made = new Map();
  /** Those that are sent and not made yet, by the ids of all their elements. @type {Map<number, ElementHandle>} */
  #waiting = new Map();
  /** The style sheets that have come later: a handle that is never added may have had one. @type {Promise<void>[]} */
  #styles = [];
  /** The one that was added last: nodes come into the page in order, however long modules take. */
  #last = Promise.resolve();

  /**
   * @param {import("./page.js").Page} page
   * @param {Pick<import("./page.js").Environment, "root" | "loader" | "failed">} environment
   */
  constructor(page, environment) {
    this.#page = page;
    this.#environment = environment;
  }

  /** Whether there is none. */
  get empty() {
    return this.#made.size === 0;
  }

  /** @param {number} id */
  get(id) {
    return this.#made.get(id);
  }

  /**
   * Whether there is a widget of an element, or is to be.
   * @param {number} id
   */
  has(id) {
    return this.#made.has(id) || this.#waiting.has(id);
  }

  /**
   * Make the widgets that the page begins with. One that cannot be made is reported.
   * @param {Elements} elements
   * @returns {Promise<number[]>} the ids of those that could not be made
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
        // The children of one that failed go with it.
        if (parentId === null || this.#made.has(parentId)) {
          this.#attach(element, this.#make(element, value, nodes));
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
   * An element has come in a message.
   * @param {import("./handle.js").Content} content
   */
  arrived(content) {
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
      // Its parent was detached, which crossed with it.
      handle.settle(new Detached());
    }
    return handle;
  }

  /**
   * Do something when an element's widget is there: at once if it is, or is not to come.
   * @param {number} id
   * @param {() => void} task
   */
  when(id, task) {
    const handle = this.#waiting.get(id);
    handle === undefined ? task() : handle.wait(task);
  }

  /**
   * Make the widgets of an element that has come, and put its nodes into the page.
   * @param {ElementHandle} handle
   * @param {number} parentId
   * @param {any} where
   * @param {string} method of `where`, which puts nodes there
   * @returns {Promise<Widget>}
   */
  async add(handle, parentId, where, method) {
    if (!(handle instanceof ElementHandle)) {
      throw new TypeError("addChildWidget() takes an element that the server has sent");
    }
    if (!where?.[method]) {
      throw new TypeError("addChildWidget() takes a node, and a place such as beforeend");
    }
    const { html, elements } = handle.take(parentId);
    const { loader } = this.#environment;
    const before = this.#last;
    let done = () => {};
    this.#last = new Promise((resolve) => (done = resolve));
    /** @type {Widget[]} */
    let made = [];
    try {
      const modules = await Promise.all(this.#import(elements));
      await Promise.all(this.#styles);
      await before;
      handle.check();
      const fragment = loader.parse(html);
      const nodes = collect(fragment);
      made = elements.map((element, index) => this.#make(element, modules[index], nodes));
      where[method](fragment);
      elements.forEach((element, index) => this.#attach(element, made[index]));
      elements.forEach(([id]) => this.#waiting.delete(id));
      family(made[0]).forEach((widget) => guarded(() => widget.loaded()));
      this.#page.tellMade(handle.id);
      handle.settle();
      return made[0];
    } catch (error) {
      made[0]?.node.remove();
      this.#page.detach(handle.id);
      throw error;
    } finally {
      done();
    }
  }

  /**
   * Take out a widget and those below it.
   * @param {number} id
   */
  remove(id) {
    const widget = this.#made.get(id);
    const gone = new Set([id]);
    if (widget !== undefined) {
      const all = family(widget);
      all.forEach((each) => gone.add(each.release()));
      gone.forEach((each) => this.#made.delete(each));
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
   * The page has ended.
   * @param {Error} lost
   */
  end(lost) {
    const all = this.#all();
    this.#made.clear();
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
  #make([id, , module, name, args], exports, nodes) {
    const cls = exports[name];
    if (!(typeof cls === "function" && (cls === Widget || cls.prototype instanceof Widget))) {
      const names = Object.keys(exports);
      throw new Error(
        name in exports
          ? `${name} of the module ${module} is no Widget: write class ${name} extends Widget`
          : `the module ${module} exports no ${name}; it exports: ${names.join(", ") || "nothing"}`,
        { cause: [name, names] },
      );
    }
    const node = nodes.get(String(id));
    if (node === undefined) {
      throw new Error(`${module}.${name}: the element ${id} has no node, no template shows it`);
    }
    return new cls(node, .../** @type {unknown[]} */ (decodeValue(args)));
  }

  /**
   * @param {Elements[number]} element
   * @param {Widget} widget
   */
  #attach([id, parentId], widget) {
    widget.attach(this.#page, id, this.#made.get(parentId ?? 0) ?? null);
    this.#made.set(id, widget);
  }

  /** All widgets, children before their parents. */
  #all() {
    return [...this.#made.values()].filter((widget) => widget.widgetParent === null).flatMap(family);
  }
}

/**
 * A widget and all below it, children before their parents.
 * @param {Widget} widget
 * @returns {Widget[]}
 */
function family(widget) {
  return [...widget.childWidgets.flatMap(family), widget];
}

/**
 * The root nodes of elements, by their ids.
 * @param {ParentNode} root
 */
function collect(root) {
  /** @type {[string, Element][]} */
  const found = [...root.querySelectorAll(ROOT)].map((node) => [
    node.getAttribute("data-live-element") ?? "",
    node,
  ]);
  // The first one of a number, as a copy may come later.
  return new Map(found.reverse());
}
