// @ts-check
// Chooses the transport to try. See docs/reference/protocol.md, "Choosing".

const KIND_KEY = "livewidget-transport";

export class Chooser {
  #offered;
  #storage;
  /** @type {string[]} tried one after another without a pause, in this order */
  #order;
  #index = 0;
  #known = new Set();

  /**
   * @param {string[]} offered the best one first
   * @param {Pick<Storage, "getItem" | "setItem">} storage the session storage
   */
  constructor(offered, storage) {
    this.#offered = offered;
    this.#storage = storage;
    this.#order = this.#beginningWith(attempt(() => storage.getItem(KIND_KEY)) ?? "");
  }

  /** The transport to try now. */
  get kind() {
    return this.#order[this.#index];
  }

  /** Whether no other transport is left to try without a pause. */
  get last() {
    return this.#index === this.#order.length - 1;
  }

  /**
   * Handle a transport that did not connect, or not for long.
   * @returns {boolean} whether to try another one immediately
   */
  failed() {
    this.#index = (this.#index + 1) % this.#order.length;
    return this.#index > 0;
  }

  /**
   * Remember that a transport has connected.
   * @param {string} kind
   */
  worked(kind) {
    this.#known.add(kind);
    this.#order = this.#beginningWith(kind);
    this.#index = 0;
    attempt(() => this.#storage.setItem(KIND_KEY, kind));
  }

  /**
   * Return the transports better than this one, and whether one of them has worked here.
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
function attempt(use) {
  try {
    return use();
  } catch {
    // Storage is forbidden or full: the next page starts without what was learned.
    return null;
  }
}
