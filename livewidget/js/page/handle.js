// @ts-check

/**
 * What the server sends with an element that is added to the page later.
 * @typedef {object} Content
 * @property {string} html
 * @property {import("./page.js").Start["elements"]} elements the element itself first
 * @property {Record<string, string>} [modules] the URLs of modules new to the page, by name
 * @property {string[]} [styles] the URLs of style sheets new to the page
 */

/** An element that the server has sent. Its parent's `addChildWidget` creates the widget. */
export class ElementHandle {
  /** The tasks that wait for the widget. @type {(() => void)[]} */
  #queue = [];
  #used = false;
  /** Why the widget cannot be created. @type {Error | undefined} */
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
   * Start to create the widget. Each handle is used once.
   * @param {number} parentId
   * @returns {Content}
   * @internal
   */
  use(parentId) {
    this.check();
    if (this.#used) {
      throw new Error("this element was already added");
    }
    if (parentId !== this.parentId) {
      throw new Error(`this element is a child of element ${this.parentId}, not of ${parentId}`);
    }
    this.#used = true;
    return this.content;
  }

  /** Throw if the element was detached meanwhile or the page has ended. @internal */
  check() {
    if (this.#lost) {
      throw this.#lost;
    }
  }

  /**
   * Run a task once the widget exists or cannot be created.
   * @param {() => void} task
   * @internal
   */
  wait(task) {
    this.#queue.push(task);
  }

  /**
   * Run the waiting tasks: the widget exists, or cannot be created.
   * @param {Error} [error] why it cannot be created
   * @internal
   */
  settle(error) {
    this.#lost = error;
    this.#queue.forEach((task) => task());
  }
}
