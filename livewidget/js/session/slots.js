// @ts-check

/** So many requests may be held open: a browser makes six connections to a host. */
const SLOTS = 4;
/** How long to hold none when all connections are taken, in seconds. */
const HOLD_NONE = 30;
/** How long to hold a request where tabs cannot share, in seconds. */
const BRIEFLY = 4;

/** The right to hold a request open, which the tabs of a site share. */
export class Slots {
  /** @type {any} */
  #locks;
  #clock;
  #crowdedUntil = 0;

  /**
   * @param {LockManager | undefined} locks there are none in an insecure context
   * @param {import("./timer.js").Clock} clock
   * @param {boolean} unlimited all requests go over one connection, or there is no way
   *   to do without one that is held open
   */
  constructor(locks, clock, unlimited) {
    this.#locks = unlimited ? undefined : locks;
    this.#clock = clock;
    /** How long a request may be held, in seconds; undefined: as long as it likes. */
    this.holdFor = locks || unlimited ? undefined : BRIEFLY;
  }

  /** @returns {Promise<(() => void) | null>} what gives it back; null: hold nothing */
  async take() {
    if (this.#clock.now() < this.#crowdedUntil) {
      return null;
    }
    try {
      return await this.#takeFrom(1);
    } catch {
      // There are none, or they are forbidden.
      return () => {};
    }
  }

  /** All connections are taken, where they are few: hold nothing for a while. */
  crowded() {
    if (this.#locks || this.holdFor) {
      this.#crowdedUntil = this.#clock.now() + HOLD_NONE;
    }
  }

  /**
   * @param {number} number of the first slot to try
   * @returns {Promise<(() => void) | null>}
   */
  async #takeFrom(number) {
    if (number > SLOTS) {
      return null;
    }
    return new Promise((resolve, reject) =>
      this.#locks
        // A lock is held until a promise is resolved: what does that is given out.
        .request(`livewidget-${number}`, { ifAvailable: true }, (/** @type {Lock | null} */ lock) =>
          lock ? new Promise(/** @type {any} */ (resolve)) : resolve(this.#takeFrom(number + 1)),
        )
        .catch(reject),
    );
  }
}
