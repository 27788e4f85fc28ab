// @ts-check

/**
 * What the server writes of an element that is made later.
 * @typedef {object} Content
 * @property {string} html
 * @property {import("./page.js").Start["elements"]} elements the element itself first
 * @property {Record<string, string>} [modules] those that the page does not know, by name
 * @property {string[]} [styles]
 */

/** An element that the server has sent; `addChildWidget` of its parent makes its widget. */
export class ElementHandle {
  /** What waits for the widget. @type {(() => void)[]} */
  #queue = [];
  #used = false;
  /** Why the widget will not be made. @type {Error | undefined} */
  #lost;

  /**
   * @param {Content} content
   * @internal
   */
  constructor(content) {
    const [[id, parentId]] = content.elements;
    this.content = content;
    this.id = id;
    this.parentId = parentId ?? 0;
  }

  /**
   * Begin to make the widget.
   * @param {number} parentId
   * @internal
   */
  take(parentId) {
    this.check();
    if (this.#used) {
      throw new Error("an element is added once");
    }
    if (parentId !== this.parentId) {
      throw new Error(`this element is a child of element ${this.parentId}, and not of ${parentId}`);
    }
    this.#used = true;
    return this.content;
  }

  /** Fail, if the element was detached meanwhile, or the page has ended. @internal */
  check() {
    if (this.#lost) {
      throw this.#lost;
    }
  }

  /**
   * Do something when the widget is made, or will not be.
   * @param {() => void} task
   * @internal
   */
  wait(task) {
    this.#queue.push(task);
  }

  /**
   * The widget is made, or cannot be.
   * @param {Error} [error]
   * @internal
   */
  settle(error) {
    this.#lost = error;
    this.#queue.forEach((task) => task());
  }
}
