// @ts-check

import { Detached } from "./errors.js";
import { ElementHandle } from "./handle.js";
import { decodeValue } from "./messages.js";
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
    this.#tell((widget) => widget.loaded());
    return lost;
  }

  /**
   * An element has come in a message.
   * @param {import("./handle.js").Content} content
   */
  arrived(content) {
    const handle = new ElementHandle(content);
    content.elements.forEach(([id]) => this.#waiting.set(id, handle));
    if (content.modules) {
      this.#environment.loader.addModules(content.modules);
    }
    return handle;
  }

  /**
   * Do something when an element's widget is there: at once if it is, or is not to come.
   * @param {number} id
   * @param {(error?: Error) => void} task
   */
  when(id, task) {
    const handle = this.#waiting.get(id);
    handle === undefined ? task() : handle.wait(task);
  }

  /**
   * Make the widgets of an element that has come, and put its nodes into the page.
   * @param {ElementHandle} handle
   * @param {number} parentId
   * @param {(nodes: DocumentFragment) => void} insert
   * @returns {Promise<Widget>}
   */
  async add(handle, parentId, insert) {
    if (!(handle instanceof ElementHandle)) {
      throw new TypeError("addChildWidget() takes an element that the server has sent");
    }
    const { html, elements, styles = [] } = handle.take(parentId);
    const { loader } = this.#environment;
    try {
      const modules = await Promise.all(this.#import(elements));
      await Promise.all(styles.map((url) => loader.loadStyle(url)));
      handle.check();
      const fragment = loader.parse(html);
      const nodes = collect(fragment);
      const made = elements.map((element, index) => this.#make(element, modules[index], nodes));
      insert(fragment);
      elements.forEach((element, index) => this.#attach(element, made[index]));
      elements.forEach(([id]) => this.#waiting.delete(id));
      family(made[0]).forEach((widget) => guarded(() => widget.loaded()));
      this.#page.tellMade(handle.id);
      handle.settle();
      return made[0];
    } catch (error) {
      this.#page.detach(handle.id);
      throw error;
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
      if (gone.has(handle.id) || gone.has(handle.parentId ?? 0)) {
        handle.content.elements.forEach(([each]) => this.#waiting.delete(each));
        handle.settle(new Detached());
      }
    }
  }

  /** The page has ended. */
  end() {
    this.#tell((widget) => widget.detached());
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
        `the module ${module} exports no Widget called ${name}; ` +
          `it exports: ${names.join(", ") || "nothing"}`,
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

  /**
   * Tell all widgets something, children before their parents.
   * @param {(widget: Widget) => void} hook
   */
  #tell(hook) {
    const roots = [...this.#made.values()].filter((widget) => widget.widgetParent === null);
    roots.flatMap(family).forEach((widget) => guarded(() => hook(widget)));
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
