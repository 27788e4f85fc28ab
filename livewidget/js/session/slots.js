// @ts-check

/** How many requests may be held open together. Browsers allow six connections per host. */
const SLOTS = 4;
/** How long to hold no request when all connections are in use, in seconds. */
const HOLD_NONE = 30;
/** How long to hold a request where tabs cannot share slots, in seconds. */
const BRIEFLY = 4;

/** The right to hold a request open, which the tabs of a site share. */
export class Slots {
  /** @type {any} */
  #locks;
  #clock;
  #crowdedUntil = 0;

  /**
   * @param {LockManager | undefined} locks undefined in an insecure context
   * @param {import("./timer.js").Clock} clock
   * @param {boolean} unlimited all requests share one connection, or every transport that
   *   is offered must hold one open
   */
  constructor(locks, clock, unlimited) {
    this.#locks = unlimited ? undefined : locks;
    this.#clock = clock;
    /** How long a request may be held, in seconds. Undefined: without a limit. */
    this.holdFor = locks || unlimited ? undefined : BRIEFLY;
  }

  /**
   * Take a slot.
   * @returns {Promise<(() => void) | null>} releases the slot; null: none is free, hold nothing
   */
  async acquire() {
    if (this.#clock.now() < this.#crowdedUntil) {
      return null;
    }
    try {
      return await this.#acquireFrom(1);
    } catch {
      // Locks are missing or forbidden.
      return () => {};
    }
  }

  /** Hold nothing for a while: all connections to the host are in use. */
  crowded() {
    if (this.#locks || this.holdFor) {
      this.#crowdedUntil = this.#clock.now() + HOLD_NONE;
    }
  }

  /**
   * @param {number} number the first slot to try
   * @returns {Promise<(() => void) | null>}
   */
  async #acquireFrom(number) {
    if (number > SLOTS) {
      return null;
    }
    return new Promise((resolve, reject) =>
      this.#locks
        // A lock is held until its promise resolves. The caller gets the function that does so.
        .request(`livewidget-${number}`, { ifAvailable: true }, (/** @type {Lock | null} */ lock) =>
          lock ? new Promise(/** @type {any} */ (resolve)) : resolve(this.#acquireFrom(number + 1)),
        )
        .catch(reject),
    );
  }
}
