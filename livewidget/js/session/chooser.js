// @ts-check
// Which transport to try. See docs/protocol.md, "Choosing".

const KIND_KEY = "livewidget-transport";

export class Chooser {
  #offered;
  #storage;
  /** @type {string[]} what is tried in one go, in this order */
  #order;
  #index = 0;
  #known = new Set();

  /**
   * @param {string[]} offered the best one first
   * @param {Pick<Storage, "getItem" | "setItem">} storage of the session
   */
  constructor(offered, storage) {
    this.#offered = offered;
    this.#storage = storage;
    this.#order = this.#beginningWith(attempted(() => storage.getItem(KIND_KEY)) ?? "");
  }

  /** The one to try now. */
  get kind() {
    return this.#order[this.#index];
  }

  /** Whether no other one is left to be tried at once. */
  get last() {
    return this.#index === this.#order.length - 1;
  }

  /** It did not connect, or not for long: whether another one is to be tried at once. */
  failed() {
    this.#index = (this.#index + 1) % this.#order.length;
    return this.#index > 0;
  }

  /**
   * This one has connected.
   * @param {string} kind
   */
  worked(kind) {
    this.#known.add(kind);
    this.#order = this.#beginningWith(kind);
    this.#index = 0;
    attempted(() => this.#storage.setItem(KIND_KEY, kind));
  }

  /**
   * Those that would be better, and whether one of them has worked here.
   * @param {string} kind
   * @returns {[string[], boolean]}
   */
  better(kind) {
    const better = this.#offered.slice(0, this.#offered.indexOf(kind));
    return [better, better.some((other) => this.#known.has(other))];
  }

  /** @param {string} kind */
  #beginningWith(kind) {
    const others = this.#offered.filter((other) => other !== kind);
    return others.length < this.#offered.length ? [kind, ...others] : others;
  }
}

/**
 * @template T
 * @param {() => T} use
 */
function attempted(use) {
  try {
    return use();
  } catch {
    // Storage is forbidden, or full: the next page begins anew.
    return null;
  }
}
